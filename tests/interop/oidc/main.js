// Serve on a free port of 127.0.0.1, print it as JSON, end with standard input.
//
// Rule: whoever started this process holds its standard input; when that closes, by a word
// or by a death, the server goes too.

import { createServer } from 'node:http';

import { makeApi } from './api.js';
import { makeControl } from './control.js';
import { makeEngine } from './engine.js';
import { Journal } from './journal.js';

const server = createServer();
server.listen(0, '127.0.0.1', async () => {
  const { port } = server.address();
  const engine = await makeEngine(`http://127.0.0.1:${port}`);
  const journal = new Journal();
  const api = makeApi(engine.issuer);
  engine.use(makeControl(engine, journal, api));
  engine.use(journal.note);
  engine.use(api.answer);
  const answer = engine.callback();
  server.on('request', (request, response) => {
    // XPKit's address of the same token endpoint.
    request.url = request.url.replace(/^\/api\/token\/$/, '/oauth/v2/token');
    answer(request, response);
  });
  process.stdout.write(`${JSON.stringify({ port })}\n`);
});

process.stdin.on('close', () => process.exit(0)).resume();
