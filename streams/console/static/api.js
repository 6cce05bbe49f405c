// Questions to the gateway. The key, where one is asked for, stays in this tab alone.
const KEY = "undertone.key";
const TIMEOUT_MS = 15000;

export const key = {
  get: () => sessionStorage.getItem(KEY),
  set: (value) => sessionStorage.setItem(KEY, value),
  forget: () => sessionStorage.removeItem(KEY),
};

/** A problem (RFC 9457) that the gateway answered with, or what kept it from answering (status 0). */
export class Refused extends Error {
  constructor(status, detail, retryAfterS = 0) {
    super(detail);
    this.status = status;
    this.retryAfterS = retryAfterS;
  }
}

/** The JSON that a path under /api/v1 answers. Throws Refused. */
export async function ask(path, { query = {}, body, signal } = {}) {
  const url = new URL(`api/v1/${path}`, document.baseURI);
  for (const [name, value] of Object.entries(query)) if (value !== null && value !== undefined) url.searchParams.set(name, value);
  const headers = { Accept: "application/json" };
  if (key.get()) headers.Authorization = `Bearer ${key.get()}`;
  if (body) headers["Content-Type"] = "application/json";
  const late = AbortSignal.timeout(TIMEOUT_MS);
  let answer, document_;
  try {
    answer = await fetch(url, {
      method: body ? "POST" : "GET",
      headers,
      body: body && JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, late]) : late,
      credentials: "omit",
      cache: "no-store",
    });
    document_ = await answer.json();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Refused(0, "the gateway cannot be reached");
  }
  if (answer.ok) return document_;
  throw new Refused(answer.status, document_.detail ?? document_.title, Number(answer.headers.get("Retry-After")) || 0);
}
