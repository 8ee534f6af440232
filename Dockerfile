# The example as a container: docker build -t ekiben . && docker run -p 3000:3000 -p 3001:3001 ekiben
FROM oven/bun:1.4.5-slim
WORKDIR /app

# Packages first: they change less often than the code.
COPY package.json bun.lock ./
RUN bun install --production --frozen-lockfile
# ONNX Runtime as a native library, in the folder above, where it is found, too. It has the libraries
# of other systems as well.
COPY examples/deploy/native/package.json examples/deploy/native/bun.lock ../
RUN bun exec "bun install --cwd .. --production --frozen-lockfile && cd ../node_modules/onnxruntime-node/bin/napi-v6 && rm -rf darwin win32"
COPY src ./src
COPY examples ./examples

USER bun
EXPOSE 3000 3001
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["bun", "-e", "const { ok } = await fetch('http://localhost:3000/readyz'); process.exit(ok ? 0 : 1)"]
CMD ["bun", "src/cli/bin.ts", "serve", "examples/mnist/service.ts"]
