// Typed helpers for integrations in TypeScript. A plugin gets its host as a parameter, so that a test can be one.
//
// The engine is QuickJS: there is no fetch, no URL, no TextDecoder, no setTimeout and no console. Requests go through `host.send`,
// lines for whoever looks at a delivery through `host.log`.

export type Level = "debug" | "info" | "warn" | "error";
export type Encoding = "identity" | "base64" | "gzip";

/** Bytes that stay with the host: evidence, and the bodies of answers. */
export interface Blob {
  /** The JSON text of `Metadata`. */
  metadata(): string;
  /** The next bytes, at most `max` and at most 1 MiB; none at the end. */
  read(max: number): Uint8Array;
  /** Back to the beginning. */
  rewind(): void;
}

export interface Metadata {
  name: string;
  kind: string;
  digest: string;
  size: number;
  media_type: string;
  annotations: Record<string, string>;
}

export type Source =
  | { tag: "bytes"; val: Uint8Array }
  | { tag: "text"; val: string }
  /** From the store to the socket, not through the memory of the plugin. */
  | { tag: "blob"; val: [Blob, Encoding] };

export interface Part {
  name: string;
  filename: string | null;
  contentType: string;
  source: Source;
}

export type Body =
  | { tag: "none" }
  | { tag: "raw"; val: Source }
  | { tag: "chunks"; val: Source[] }
  | { tag: "multipart"; val: Part[] };

/** What crosses the boundary; plugins use `Request`. */
export interface HttpRequest {
  method: string;
  target: { tag: "url"; val: string } | { tag: "endpoint"; val: [string, string] };
  headers: [string, string][];
  body: Body;
  auth: string[];
  timeoutMs: number | null;
}

export interface HttpResponse {
  status: number;
  headers: [string, string][];
  body: Blob;
}

/** What a plugin asks of its host. */
export interface Host {
  send(request: HttpRequest): HttpResponse;
  log(level: Level, message: string, fields: [string, string][]): void;
}

/** A field whose value stays with the host: the URL of an endpoint. */
export interface Endpoint {
  $endpoint: string;
}

/** A field whose value stays with the host: the host puts it where the manifest says. */
export interface Secret {
  $secret: string;
}

export interface Context {
  organization: string;
  /** RFC 3339; there is no other clock. */
  now: string;
  registration: { name: string; integration: string };
}

export interface Evaluation {
  policy: string;
  material: string | null;
  kind: string | null;
  status: string;
  enforcement: string | null;
  violations: number;
}

/** The context of `execute`: which delivery, of which run. */
export interface Delivery extends Context {
  /** Stays the same however often the delivery is tried. */
  delivery_id: string;
  attempt: number;
  workflow: { id: string; name: string; project: string; team: string | null };
  run: {
    id: string;
    state: string;
    verdict: "compliant" | "non_compliant" | "inconclusive";
    warnings: number;
    started_at: string;
    finished_at: string | null;
    runner_type: string | null;
    runner_url: string | null;
    attestation_digest: string;
    version: string | null;
    evaluations: Evaluation[];
  };
}

/** What the user configured, and what `register` or `attach` answered. */
export interface Configured<C> {
  configuration: C;
  state: unknown;
}

export interface Task<R, A> {
  context: Delivery;
  registration: Configured<R>;
  attachment: Configured<A>;
  /** The attestation: a Sigstore bundle. */
  envelope: Blob;
  materials: Blob[];
}

export interface Plugin<R, A> {
  /** See docs/reference/manifest.md of Assay. */
  manifest: object;
  /** Tries the destination; what it answers is remembered, so no secrets. */
  register(host: Host, context: Context, input: R): unknown;
  /** Checks the options of an attachment. */
  attach(host: Host, context: Context, registration: Configured<R>, input: A): unknown;
  /** Delivers; what it answers is kept as the evidence of the delivery. */
  execute(host: Host, task: Task<R, A>): unknown;
}

type Failure = { code: string; message: string };

/** What a host is told, and acts upon. */
export type WorldError =
  | { tag: "invalid-input"; val: { pointer: string; message: string }[] }
  | { tag: "unauthorized"; val: Failure }
  | { tag: "retryable"; val: Failure & { afterSeconds: number | null } }
  | { tag: "permanent"; val: Failure };

/** What a plugin throws; its kind is what the host does next. */
export class PluginError extends Error {
  constructor(readonly error: WorldError, message: string) {
    super(message);
  }

  /** A field of the input is wrong: shown to the user, never tried again. */
  static invalid(pointer: string, message: string): PluginError {
    return new PluginError({ tag: "invalid-input", val: [{ pointer, message }] }, message);
  }

  /** The destination refuses the credential: nothing is tried until somebody acts. */
  static unauthorized(code: string, message: string): PluginError {
    return new PluginError({ tag: "unauthorized", val: { code, message } }, message);
  }

  /** Later, and not before `afterSeconds`, when the destination said so. */
  static retryable(code: string, message: string, afterSeconds: number | null = null): PluginError {
    return new PluginError({ tag: "retryable", val: { code, message, afterSeconds } }, message);
  }

  /** Never. */
  static permanent(code: string, message: string): PluginError {
    return new PluginError({ tag: "permanent", val: { code, message } }, message);
  }
}

export interface Request {
  method?: string;
  headers?: Record<string, string>;
  body?: Body;
  /** Secrets that the host puts in. Those that the user did not give may be undefined. */
  auth?: (Secret | null | undefined)[];
  timeoutMs?: number;
}

/** Sends a request to an endpoint; `suffix` is what follows its URL. Answers with any status; throws when there is none. */
export function send(host: Host, endpoint: Endpoint, suffix: string, request: Request = {}): HttpResponse {
  const auth = (request.auth ?? []).filter((secret) => secret != null).map((secret) => secret.$secret);
  try {
    return host.send({
      method: request.method ?? "POST",
      target: { tag: "endpoint", val: [endpoint.$endpoint, suffix] },
      headers: Object.entries(request.headers ?? {}),
      body: request.body ?? { tag: "none" },
      auth,
      timeoutMs: request.timeoutMs ?? null,
    });
  } catch (thrown) {
    throw unsent(thrown);
  }
}

/** A JSON document as a body. */
export function json(value: unknown): Body {
  return { tag: "raw", val: { tag: "text", val: JSON.stringify(value) } };
}

/** The answer, if it is a success (2xx); throws what the host should know otherwise. */
export function ok(context: Context, response: HttpResponse): HttpResponse {
  const { status } = response;
  if (status >= 200 && status < 300) return response;
  const [code, message] = [`http-${status}`, `the destination answered ${status}`];
  if (status === 401 || status === 403) throw PluginError.unauthorized(code, message);
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    throw PluginError.retryable(code, message, retryAfter(context, response));
  }
  throw PluginError.permanent(code, message);
}

/** The metadata of a blob. */
export function metadata(blob: Blob): Metadata {
  return JSON.parse(blob.metadata());
}

/** Seconds since 1970, of an instant in RFC 3339. */
export function seconds(instant: string): number {
  return Math.floor(Date.parse(instant) / 1000);
}

/** What the entry of the component exports. */
export function handler<R, A>(plugin: Plugin<R, A>, host: Host) {
  const answer = (work: () => unknown): string => {
    try {
      return JSON.stringify(work() ?? {});
    } catch (thrown) {
      throw worldError(thrown);
    }
  };
  return {
    describe: (): string => JSON.stringify(plugin.manifest),
    register: (context: string, input: string): string =>
      answer(() => plugin.register(host, object(context), object(input))),
    attach: (context: string, registration: string, input: string): string =>
      answer(() => plugin.attach(host, object(context), object(registration), object(input))),
    execute: (task: { context: string; registration: string; attachment: string; envelope: Blob; materials: Blob[] }): string =>
      answer(() =>
        plugin.execute(host, {
          context: object(task.context),
          registration: object(task.registration),
          attachment: object(task.attachment),
          envelope: task.envelope,
          materials: task.materials,
        }),
      ),
  };
}

/** An error as the world has it; whatever else was thrown is a mistake of the plugin. */
export function worldError(thrown: unknown): WorldError {
  if (thrown instanceof PluginError) return thrown.error;
  const message = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return { tag: "permanent", val: { code: "plugin-panic", message } };
}

function object<T>(text: string): T {
  const value = JSON.parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw PluginError.invalid("", "this must be an object");
  return value;
}

/** No answer: refused by the host is for ever, everything else may be different later. */
function unsent(thrown: unknown): PluginError {
  const error = ((thrown as { payload?: unknown }).payload ?? thrown) as { tag?: string; val?: string };
  const message = error.val ?? error.tag ?? String(thrown);
  switch (error.tag) {
    case "denied":
      return PluginError.permanent("egress-denied", message);
    case "too-large":
      return PluginError.permanent("response-too-large", message);
    default:
      return PluginError.retryable(`network-${error.tag ?? "failed"}`, message);
  }
}

/** The seconds of `Retry-After` (RFC 9110, section 10.2.3): a number, or a date. */
function retryAfter(context: Context, response: HttpResponse): number | null {
  const value = response.headers.find(([name]) => name.toLowerCase() === "retry-after")?.[1].trim();
  if (value === undefined) return null;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  const wait = Math.ceil((Date.parse(value) - Date.parse(context.now)) / 1000);
  return Number.isFinite(wait) ? Math.max(0, wait) : null;
}
