// The engine, oidc-provider, with the addresses of XPKit's page for people and of M2M's
// token endpoint.
//
// Rule: a value that differs from a default says why.

import { randomBytes } from 'node:crypto';

import { exportJWK, generateKeyPair } from 'jose';
import Provider, { errors } from 'oidc-provider';

const SCOPES = ['openid', 'orders:read', 'orders:write'];

export async function makeEngine(issuer) {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const engine = new Provider(issuer, {
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig' }] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    routes: { authorization: '/authorize/', token: '/oauth/v2/token' },
    scopes: SCOPES,
    // Clients are made while it runs; this one says which resource they mean unsaid.
    extraClientMetadata: { properties: ['unsaid_resource'] },
    pkce: { required: () => true },
    // The engine would spare a client that has a secret.
    rotateRefreshToken: true,
    // The engine would give one for the scope offline_access only.
    issueRefreshToken: (ctx, client) => client.grantTypeAllowed('refresh_token'),
    findAccount: (ctx, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
    ttl: {
      AccessToken: 3600, ClientCredentials: 3600, RefreshToken: 86400,
      Grant: 86400, IdToken: 3600, Interaction: 600, Session: 86400,
    },
    features: {
      clientCredentials: { enabled: true },
      // Pages to log in and to consent on, for any name and any password.
      devInteractions: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: (ctx, client) => client.unsaid_resource,
        getResourceServerInfo: (ctx, resource) => resourceServer(issuer, resource),
        // An exchange need not repeat the resource of its authorization.
        useGrantedResource: () => true,
      },
    },
  });
  engine.use(unsaidScope);
  return engine;
}

// XPKit's people ask for no scope: theirs is what the application was granted. The engine
// would refuse them with access_denied.
function unsaidScope(ctx, next) {
  if (ctx.path === '/authorize/') ctx.query = { scope: 'orders:read', ...ctx.query };
  return next();
}

function resourceServer(issuer, resource) {
  if (resource !== `${issuer}/api`) throw new errors.InvalidTarget();
  return {
    scope: 'orders:read orders:write',
    audience: resource,
    accessTokenTTL: 3600,
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: 'RS256' } },
  };
}
