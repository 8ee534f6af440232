/**
 * Installs all that the system tests need. They do so themselves, but it takes minutes, most of
 * them of waiting for the network, in which other tests can run.
 */
import { temporaryFolder } from "../project/checkout.ts";
import { installClients, pythonOfClients, pythonOfOlderClients } from "./client-programs.ts";
import { buildGoPrograms } from "./go-programs.ts";
import { installPackages } from "./packages.ts";

installPackages();
installClients();
pythonOfClients();
pythonOfOlderClients();
// For what Go keeps of it.
using folder = temporaryFolder();
buildGoPrograms(folder.path);
