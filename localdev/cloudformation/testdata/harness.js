// Runs the template's inline function against stand-ins for AWS. Standard input: {code, env, event, answers}; answers gives
// for each operation what comes back, or {error: name}. Standard output: {calls, response, error}.
const Module = require('node:module');
const { readFileSync } = require('node:fs');

const scene = JSON.parse(readFileSync(0, 'utf8'));
const said = { calls: [] };
Object.assign(process.env, scene.env);
console.log = () => {};

class Client {
  async send(command) {
    said.calls.push([command.operation, command.input]);
    const answer = scene.answers[command.operation];
    if (answer === undefined) throw new Error(`nobody expected ${command.operation}`);
    if (answer.error) throw Object.assign(new Error(answer.error), { name: answer.error });
    return answer;
  }
}
const sdk = new Proxy(
  {},
  {
    get(_, name) {
      if (name.endsWith('Client')) return Client;
      const operation = name.replace(/Command$/, '');
      return class {
        constructor(input) {
          Object.assign(this, { operation, input });
        }
      };
    },
  },
);
const load = Module._load;
Module._load = (request, ...rest) => (request.startsWith('@aws-sdk/') ? sdk : load(request, ...rest));
globalThis.fetch = async (url, init) => {
  said.response = { url, type: typeof init.body, headers: init.headers, ...JSON.parse(init.body.toString()) };
  return { ok: true };
};

const built = new Module('index');
built.paths = [];
built._compile(scene.code, 'index.js');
built.exports
  .handler(scene.event)
  .catch((err) => {
    said.error = String(err);
  })
  .then(() => process.stdout.write(JSON.stringify(said)));
