// What the server uses of `node:http`. An `import` of the module itself reads all that it exports, and so loads a whole HTTP client
// behind its `WebSocket`: 12 MiB of memory and 40 ms of a start.
export const { createServer, ServerResponse, STATUS_CODES } = process.getBuiltinModule('node:http');
