// What a test may do behind the clients' back: clients, deaths of tokens, the journal.
//
// Rule: an act uses the engine's own models, and its own path where it has one.

import { randomBytes } from 'node:crypto';

import { read } from './api.js';

const PERSON = {
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
};
const MACHINE = {
  grant_types: ['client_credentials'],
  response_types: [],
  redirect_uris: [],
};
// By name: as the engine keeps it, and whether it means the API where it names none.
const KINDS = {
  public: [{ ...PERSON, token_endpoint_auth_method: 'none' }, false],
  'xpkit-user': [{ ...PERSON, token_endpoint_auth_method: 'none' }, true],
  native: [{
    ...PERSON,
    token_endpoint_auth_method: 'none',
    application_type: 'native',
    redirect_uris: ['http://127.0.0.1/callback'],
  }, false],
  web: [{ ...PERSON, token_endpoint_auth_method: 'client_secret_basic' }, false],
  machine: [{ ...MACHINE, token_endpoint_auth_method: 'client_secret_basic' }, true],
  undirected: [{ ...MACHINE, token_endpoint_auth_method: 'client_secret_basic' }, false],
};

export function makeControl(engine, journal, api) {
  const acts = {
    async make_client({ kind, redirect_uri, secret }) {
      const [metadata, directed] = KINDS[kind];
      const client = {
        redirect_uris: [redirect_uri],
        ...metadata,
        client_id: `${kind}-${randomBytes(6).toString('hex')}`,
        client_secret: secret ?? randomBytes(24).toString('hex'),
      };
      if (directed) client.unsaid_resource = `${engine.issuer}/api`;
      await engine.Client.adapter.upsert(client.client_id, client);
      return { client_id: client.client_id, client_secret: client.client_secret };
    },
    // The access token alone: the engine's revocation takes the refresh token with it.
    async lose({ token }) {
      await (await engine.AccessToken.find(token)).destroy();
      return {};
    },
    async disown({ client_id }) {
      api.disown(client_id);
      return {};
    },
    async read_journal() {
      return { entries: journal.entries };
    },
    async clear_journal() {
      journal.entries = [];
      return {};
    },
  };

  return async function control(ctx, next) {
    const act = /^\/control\/(\w+)$/.exec(ctx.path)?.[1];
    if (!act) return next();
    ctx.body = await acts[act](JSON.parse(await read(ctx.req)));
  };
}
