// What the server was asked and what it answered, for the tests to count.
//
// Rule: no secret is kept.

export class Journal {
  entries = [];

  note = async (ctx, next) => {
    await next();
    // What the engine has read of the form.
    const form = ctx.oidc?.body ?? {};
    this.entries.push({
      method: ctx.method,
      path: ctx.path,
      status: ctx.status,
      grant: form.grant_type ?? null,
      fields: Object.keys(form).sort(),
    });
  };
}
