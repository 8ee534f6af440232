/**
 * infer(): runs a request of the Open Inference Protocol on a model, whatever carried it.
 * @module
 */

import { type Clock, systemClock } from "../clock.ts";
import { invalidArgument, ServiceError } from "../error.ts";
import { listNames, quote } from "../io/wording.ts";
import type { CacheReport, CallOptions } from "../runner/call-options.ts";
import { checkModel, type UsedModel } from "../runner/used-model.ts";
import type { Context } from "../service/context.ts";
import type { ModelMetadata, Models, NamedTensors, ServedModel } from "../service/models.ts";
import type { Tensor } from "../tensor.ts";
import { classify } from "./classification.ts";
import type { InferOutput, InferRequest, InferResponse, RequestedOutput } from "./messages.ts";
import { booleanOf, countOf, refuseSharedMemory } from "./parameters.ts";
import { type Schedule, scheduleOf } from "./schedule.ts";

/** The parts that all inferences of a server share. */
export interface InferHost {
  readonly models: Models;
  readonly clock: Clock;
}

/**
 * Runs a request. Its parameters `priority` and `timeout` are limits of the call, as `scheduleOf()`
 * says; those of sequences are ignored, as by Triton for models without state.
 *
 * @throws ServiceError `invalid_argument` for outputs that the model does not have, or that are
 *   requested twice or with wrong parameters; `deadline_exceeded` after the `timeout`; and what the
 *   model throws
 */
export async function infer(
  model: ServedModel,
  { id, parameters, inputs, outputs }: InferRequest,
  context: Context,
  clock: Clock = systemClock,
): Promise<InferResponse> {
  // A runner without a model accepts any condition, but here it is the model that was asked for.
  if (model.digest === undefined) checkModel(context.ifModel, model);
  const schedule = scheduleOf(parameters, clock.now());
  booleanOf(parameters, "binary_data_output");
  const names = outputs?.map(({ name }) => name);
  if (names !== undefined) checkNames(model, names);
  for (const { name, parameters: requested } of outputs ?? []) {
    refuseSharedMemory(`Output ${quote(name)}`, requested);
    booleanOf(requested, "binary_data");
    countOf(requested, "classification");
  }
  const answer = await run({ model, inputs, names }, context, schedule, clock);
  const wanted: readonly RequestedOutput[] =
    outputs ?? model.outputs.map(({ name }) => ({ name, parameters: {} }));
  const answered: InferOutput[] = [];
  for (const output of wanted) {
    const tensor = answer[output.name];
    if (tensor === undefined) continue;
    answered.push({
      name: output.name,
      tensor: await formOf(output, tensor, model, context),
      requested: output.parameters,
    });
  }
  return {
    modelName: model.name,
    modelVersion: model.version,
    id,
    requested: parameters,
    outputs: answered,
  };
}

function checkNames(model: ModelMetadata, names: readonly string[]): void {
  const known = model.outputs.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw invalidArgument(
      `Unknown output ${quote(unknown)}: the outputs of model "${model.name}" are ` +
        listNames(known),
    );
  }
  const twice = names.find((name, at) => names.indexOf(name) < at);
  if (twice !== undefined) throw invalidArgument(`Output ${quote(twice)} was requested twice`);
}

/** Returns an output as it was requested: the tensor itself, or its greatest elements as texts. */
async function formOf(
  { name, parameters }: RequestedOutput,
  tensor: Tensor,
  { rowAxes, maxCallRows, classLabels }: ServedModel,
  { signal }: Context,
): Promise<Tensor> {
  const count = countOf(parameters, "classification") ?? 0;
  if (count === 0) return tensor;
  const isBatched = rowAxes?.output[name] === 0 || maxCallRows !== undefined;
  const labels = Object.hasOwn(classLabels, name) ? classLabels[name] : undefined;
  return await classify(tensor, { name, count, isBatched, labels }, signal);
}

interface Run {
  readonly model: ServedModel;
  readonly inputs: NamedTensors;
  readonly names: readonly string[] | undefined;
}

/** Runs the model within the limits of the context, and those that the request sets. */
async function run(
  { model, inputs, names }: Run,
  context: Context,
  { lane = context.lane, deadlineAt }: Schedule,
  clock: Clock,
): Promise<NamedTensors> {
  if (lane === context.lane && deadlineAt === undefined) return model.run(inputs, context, names);
  const { caller, answerMs, onCall, ifModel } = context;
  const onModel = (used: UsedModel): void => context.onModel?.(used);
  const onCached = (report: CacheReport): void => context.onCached?.(report);
  const limits: CallOptions = { lane, caller, answerMs, onCall, ifModel, onModel, onCached };
  if (deadlineAt === undefined || deadlineAt >= context.deadlineAt) {
    const { signal, deadlineAt } = context;
    return model.run(inputs, { ...limits, signal, deadlineAt }, names);
  }
  const late = new AbortController();
  const cancel = clock.after(Math.max(0, deadlineAt - clock.now()), () => {
    late.abort(new ServiceError("deadline_exceeded", `Model "${model.name}": the timeout is over`));
  });
  try {
    const signal = AbortSignal.any([context.signal, late.signal]);
    return await model.run(inputs, { ...limits, signal, deadlineAt }, names);
  } finally {
    cancel();
  }
}
