/** One request, and what of the answer later steps need. */
export interface HttpStep {
  /** "PATCH /api/v1/namespaces/{ns}/pods/p?force=true"; {ns} is the case's own namespace, {name} what `keep` kept. */
  readonly do: string;
  readonly body?: unknown;
  /** Sent as it is, in place of `body`. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A user to act as, by impersonation; the administrator otherwise. */
  readonly as?: string;
  /** Where in the answer a value lies that a later step names: `{rv: "metadata.resourceVersion"}`. */
  readonly keep?: Readonly<Record<string, string>>;
  /** How many lines of a stream are read before it is left. */
  readonly lines?: number;
  /** Of an answer that is no refusal only the status is compared. */
  readonly refusalOnly?: true;
  /** Only the headers are sent, and this is a name for what is open now. */
  readonly hold?: string;
  /** The body of the step that is held by this name is sent, and its answer is this step's. */
  readonly finish?: string;
  /** Asked again and again until the answer contains this: for what the server does by itself. */
  readonly until?: string;
  /** Only prepares the next steps; its answer is not compared. */
  readonly silent?: true;
  /** Upstream acts by it a while later. */
  readonly settles?: true;
}

export interface HttpCase {
  readonly name: string;
  readonly steps: readonly HttpStep[];
}

interface Exchange {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly lines: number | undefined;
  readonly withheld?: WithheldBody;
}

/** A body that comes when it is released, and not when the server asks for it. */
interface WithheldBody {
  readonly asked: () => void;
  readonly released: Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
}

/** Asks one server or the other. */
export type Ask = (exchange: Exchange) => Promise<Answer>;

const MERGE = "application/merge-patch+json";

/** Those of a case's steps that have an answer to compare. */
export function answeredSteps({ steps }: HttpCase): HttpStep[] {
  return steps.filter(({ silent, hold }) => !silent && hold === undefined);
}

/** Where a case is run. */
interface CasePlace {
  readonly namespace: string;
  /** What its steps may name besides. */
  readonly names?: Readonly<Record<string, string>>;
  /** Waits until the server acts by what it was told. */
  readonly settle?: () => Promise<void>;
}

/** Asks all of a case's questions in order. */
export async function runCase(testCase: HttpCase, place: CasePlace, ask: Ask): Promise<Answer[]> {
  const { namespace, names = {}, settle } = place;
  const kept: Record<string, string> = { ...names, ns: namespace };
  const fill = (text: string) => text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => kept[name] ?? whole);
  const answers: Answer[] = [];
  const open = new Map<string, OpenExchange>();
  for (const step of [...preparation(namespace), ...testCase.steps]) {
    if (step.hold !== undefined) {
      open.set(step.hold, await holdBody(exchangeOf(step, fill), ask));
      continue;
    }
    const held = step.finish === undefined ? undefined : open.get(step.finish);
    const answer = await (held ? held.finish() : askUntil(step, () => ask(exchangeOf(step, fill))));
    if (step.settles) await settle?.();
    for (const [name, path] of Object.entries(step.keep ?? {})) kept[name] = lookUp(answer.text, path);
    if (step.refusalOnly && answer.status < 300) answers.push({ status: answer.status, headers: {}, text: "" });
    else if (!step.silent) answers.push(answer);
    else if (answer.status >= 300 && step.until === undefined)
      throw new Error(`"${step.do}" failed, which only prepares: ${answer.text}`);
  }
  return answers;
}

const MAX_TRIES = 20_000;

async function askUntil({ do: what, until }: HttpStep, ask: () => Promise<Answer>): Promise<Answer> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const answer = await ask();
    if (until === undefined || answer.text.includes(until)) return answer;
    // The server is asked at once: what it does meanwhile is what is waited for.
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error(`"${what}" was never answered with "${until}"`);
}

interface OpenExchange {
  finish(): Promise<Answer>;
}

/** Resolves when the server waits for the body. */
async function holdBody(exchange: Exchange, ask: Ask): Promise<OpenExchange> {
  const asked = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const answer = ask({ ...exchange, withheld: { asked: asked.resolve, released: released.promise } });
  const early = answer.then(({ status, text }) => {
    throw new Error(`${exchange.method} ${exchange.url} was answered without its body: ${status} ${text}`);
  });
  await Promise.race([asked.promise, early]);
  early.catch(() => {});
  return {
    finish() {
      released.resolve();
      return answer;
    },
  };
}

/** No controllers run, so nobody else makes the account that pods need. */
function preparation(namespace: string): HttpStep[] {
  const account = { metadata: { name: "default" } };
  return [
    { do: "POST /api/v1/namespaces", body: { metadata: { name: namespace } }, silent: true },
    { do: "POST /api/v1/namespaces/{ns}/serviceaccounts", body: account, silent: true },
  ];
}

function exchangeOf(step: HttpStep, fill: (text: string) => string): Exchange {
  const [method = "GET", url = "/"] = fill(step.do).split(" ");
  const body = step.text ?? (step.body === undefined ? undefined : fill(JSON.stringify(step.body)));
  const type = method === "PATCH" ? MERGE : "application/json";
  return {
    method,
    url,
    headers: {
      accept: "application/json",
      "user-agent": "parity",
      ...(body === undefined ? {} : { "content-type": type }),
      ...(step.as === undefined ? {} : { "impersonate-user": step.as }),
      ...Object.fromEntries(Object.entries(step.headers ?? {}).map(([name, value]) => [name, fill(value)])),
    },
    body,
    lines: step.lines,
  };
}

function lookUp(text: string, path: string): string {
  let value: unknown = JSON.parse(text);
  for (const part of path.split(".")) value = (value as Record<string, unknown> | undefined)?.[part];
  if (typeof value !== "string") throw new Error(`There is no "${path}" in the answer ${text.slice(0, 300)}`);
  return value;
}
