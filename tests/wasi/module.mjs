// node module.mjs librnn.wasm librnn.map: uses the module as a program in JavaScript does.  Its exports must be the
// functions of librnn.map, and the result of a network of one unit that of Math.tanh.
import { readFileSync } from "node:fs";
import { WASI } from "node:wasi";

const [path, map] = process.argv.slice(2);
const listed = [...readFileSync(map, "utf8").matchAll(/^ *(rnn_\w+);$/gm)].map((match) => match[1]);
const module = await WebAssembly.compile(readFileSync(path));
const exported = WebAssembly.Module.exports(module).map((entry) => entry.name);
const expected = [...listed, "_initialize", "free", "malloc", "memory"].sort().join();
if (exported.sort().join() !== expected)
  throw new Error(`exported: ${exported}\nexpected: ${expected}`);

const wasi = new WASI({ version: "preview1" });
const instance = await WebAssembly.instantiate(module, wasi.getImportObject());
wasi.initialize(instance);
const rnn = instance.exports;
const text = (at) => {
  const bytes = new Uint8Array(rnn.memory.buffer, at);
  return new TextDecoder().decode(bytes.slice(0, bytes.indexOf(0)));
};
const call = (name, ...args) => {
  const status = rnn[name](...args);
  if (status !== 0) throw new Error(`${name}: ${status}, ${text(rnn.rnn_last_error())}`);
};
const pointer = (at) => new Uint32Array(rnn.memory.buffer, at, 1)[0];
const floats = (at, count) => new Float32Array(rnn.memory.buffer, at, count);

const constants = JSON.parse(readFileSync(new URL("../../abi/librnn.json", import.meta.url))).constants;
const values = Object.assign({}, ...constants.map((group) => group.constants));
const value = (name) => {
  if (!(name in values)) throw new Error(`no constant ${name}`);
  return values[name];
};
const room = rnn.malloc(64);
call("rnn_config_create", room);
const config = pointer(room);
call("rnn_config_set_int", config, value("RNN_CELL"), BigInt(value("RNN_CELL_TANH")));
call("rnn_config_set_int", config, value("RNN_INPUT_SIZE"), 1n);
call("rnn_config_set_int", config, value("RNN_HIDDEN_SIZE"), 1n);
call("rnn_create", room, config);
const model = pointer(room);
call("rnn_model_parameters", model, room, room + 8);
const count = pointer(room + 8);
const parameters = rnn.malloc(4 * count);
const weights = [0.5, -0.25, 0.125, 0.0625].slice(0, count); // input, recurrent, biases
floats(parameters, count).set(weights);
call("rnn_model_set_parameters", model, parameters, count);
call("rnn_session_create", room, model, value("RNN_INFERENCE"));
const session = pointer(room);
call("rnn_reset_state", session, 1);
const x = rnn.malloc(8);
const y = rnn.malloc(8);
floats(x, 2).set([0.75, -0.5]);
call("rnn_forward", session, y, 2, x, 2, 0, 0, 2);
const bias = weights.slice(2).reduce((sum, b) => sum + b, 0);
const first = Math.tanh(weights[0] * 0.75 + bias);
const second = Math.tanh(weights[0] * -0.5 + weights[1] * first + bias);
const result = [...floats(y, 2)];
if (!(Math.abs(result[0] - first) < 1e-6 && Math.abs(result[1] - second) < 1e-6))
  throw new Error(`the result is ${result}, expected ${[first, second]}`);
const threads = rnn.rnn_session_set_threads(session, 2);
if (threads !== value("RNN_E_UNSUPPORTED") || !text(rnn.rnn_last_error()).includes("built without threads"))
  throw new Error(`two threads: ${threads}, ${text(rnn.rnn_last_error())}`);
console.log(`${text(rnn.rnn_build_info())}: ${listed.length} functions; tanh network as expected`);
