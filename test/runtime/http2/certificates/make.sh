#!/bin/sh
# Makes the certificates that the tests of TLS use: one authority, a server's and a client's, good
# for a hundred years. Their keys are public, so nothing but a test may trust them.
set -e
cd "$(dirname "$0")"
key="ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days 36500"
openssl req -x509 -newkey $key -subj "/CN=Ekiben tests" -keyout authority.key -out authority.pem
for name in server client; do
  openssl req -x509 -newkey $key -subj "/CN=$name" -CA authority.pem -CAkey authority.key \
    -addext "subjectAltName=DNS:localhost,IP:127.0.0.1" -addext "basicConstraints=CA:FALSE" \
    -keyout "$name.key" -out "$name.pem"
done
rm authority.key
