// An API below /api behind JWTs, which it checks by the engine's published keys alone; it
// echoes what it received.
//
// Rule: refusals are those of RFC 6750, section 3.1.

import { createHash } from 'node:crypto';

import { createRemoteJWKSet, jwtVerify } from 'jose';

// Any other path below /api wants a token and no scope.
const SCOPES = { '/api/archive': 'orders:write' };

export function makeApi(issuer) {
  const audience = `${issuer}/api`;
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`));
  const seen = new Map(); // the id of each token that came, and whose it is
  const disowned = new Set();

  async function check(authorization = '') {
    const token = /^Bearer (\S+)$/i.exec(authorization)?.[1];
    if (!token) return [401, ''];
    const options = { issuer, audience, typ: 'at+jwt' };
    const { payload } = await jwtVerify(token, keys, options).catch(() => ({}));
    if (!payload || disowned.has(payload.jti)) return [401, 'error="invalid_token"'];
    seen.set(payload.jti, payload.client_id);
    return [200, '', payload];
  }

  async function answer(ctx, next) {
    if (!ctx.path.startsWith('/api/')) return next();
    const body = await read(ctx.req);
    const [status, challenge, payload] = await check(ctx.get('Authorization'));
    if (status !== 200) return refuse(ctx, status, challenge);
    const scope = SCOPES[ctx.path];
    if (scope && !(payload.scope ?? '').split(' ').includes(scope)) {
      return refuse(ctx, 403, `error="insufficient_scope", scope="${scope}"`);
    }
    ctx.body = {
      method: ctx.method,
      path: ctx.path,
      user: payload.sub,
      length: body.length,
      sha256: createHash('sha256').update(body).digest('hex'),
    };
  }

  function disown(clientId) {
    for (const [id, owner] of seen) if (owner === clientId) disowned.add(id);
  }

  return { answer, disown };
}

function refuse(ctx, status, challenge) {
  ctx.status = status;
  ctx.set('WWW-Authenticate', `Bearer realm="api"${challenge && `, ${challenge}`}`);
  ctx.body = { status };
}

export async function read(request) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces);
}
