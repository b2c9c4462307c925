import assert from "node:assert/strict";
import { PassThrough, Readable, Writable } from "node:stream";
import { test } from "node:test";
import { FakeClock, seededRandom } from "@dingi/base";
import type { StreamResponse, Transport, TransportRequest } from "@dingi/client";
import { StatusError, type WatchEvent } from "@dingi/apimachinery";
import { kubectl } from "./kubectl.ts";
import { RequestTimeout } from "./observed-transport.ts";

const DISCOVERY = {
  items: [
    {
      metadata: { name: "" },
      versions: [
        {
          version: "v1",
          resources: [
            {
              resource: "pods",
              singularResource: "pod",
              shortNames: ["po"],
              scope: "Namespaced",
              responseKind: { kind: "Pod" },
              verbs: ["get", "list", "watch"],
            },
          ],
        },
      ],
    },
  ],
};
const POD = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web", namespace: "default", uid: "1" },
  spec: { containers: [{ name: "main" }] },
  status: { conditions: [{ type: "Ready", status: "False" }] },
};
const READY = { ...POD, status: { conditions: [{ type: "Ready", status: "True" }] } };

/** A server of one Pod, which becomes ready while it is watched. */
class OnePod implements Transport {
  readonly requests: TransportRequest[] = [];

  request(request: TransportRequest): Promise<unknown> {
    this.requests.push(request);
    if (request.path === "/api") return Promise.resolve(DISCOVERY);
    if (request.path === "/apis") return Promise.resolve({ items: [] });
    if (request.path.endsWith("/pods")) return Promise.resolve({ kind: "PodList", apiVersion: "v1", items: [POD] });
    if (request.path.endsWith("/pods/web")) return Promise.resolve(POD);
    return Promise.reject(StatusError.make(404, "NotFound", 'pods "nope" not found'));
  }

  async *watch(): AsyncIterable<readonly WatchEvent[]> {
    yield await Promise.resolve([{ type: "MODIFIED", object: READY } as unknown as WatchEvent]);
  }

  stream(): Promise<StreamResponse> {
    return Promise.reject(new Error("There are no streams here"));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

async function run(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return await runWith(new OnePod(), argv);
}

async function runWith(transport: Transport, argv: readonly string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const io = { stdout, stderr, stdin: Readable.from([]), env: { KUBECONFIG: "/nowhere" } };
  const code = await kubectl(argv, io, { transport, clock: new FakeClock(), random: seededRandom(1) });
  const text = (stream: PassThrough) => String((stream.read() as Buffer | null) ?? "");
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

const WRONG: readonly (readonly [readonly string[], string])[] = [
  [["gett"], 'error: unknown command "gett" for "kubectl"\n\nDid you mean this?\n\tget\n\tset\n'],
  [["get", "--foo"], "error: unknown flag: --foo\nSee 'kubectl get --help' for usage.\n"],
  [["get", "-z"], "error: unknown shorthand flag: 'z' in -z\nSee 'kubectl get --help' for usage.\n"],
  [["get", "pods", "-o"], "error: flag needs an argument: 'o' in -o\nSee 'kubectl get --help' for usage.\n"],
  [["get", "pods", "--output"], "error: flag needs an argument: --output\nSee 'kubectl get --help' for usage.\n"],
  [["rollout", "foo"], "error: unknown command \"foo\"\nSee 'kubectl rollout -h' for help and examples\n"],
  [
    ["get", "pods", "--watch=x"],
    'error: invalid argument "x" for "-w, --watch" flag: strconv.ParseBool: parsing "x": invalid syntax\nSee \'kubectl get --help\' for usage.\n',
  ],
  [
    ["exec", "web", "ls"],
    "error: exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead\nSee 'kubectl exec -h' for help and examples\n",
  ],
  [["exec", "web", "-c", "no", "--", "ls"], "error: container no is not valid for pod web out of: main\n"],
  [["get", "pod", "nope"], 'Error from server (NotFound): pods "nope" not found\n'],
  [["wait", "pod/web", "--for=what"], 'error: unrecognized condition: "what"\n'],
  [["patch", "pod", "web"], "error: must specify --patch or --patch-file containing the contents of the patch\n"],
];

for (const [argv, stderr] of WRONG)
  test(`kubectl ${argv.join(" ")} is refused in upstream's words`, async () => {
    assert.deepEqual(await run(...argv), { code: 1, stdout: "", stderr });
  });

test("get prints names, and flags may follow their command in Go's way", async () => {
  assert.equal((await run("get", "po", "-o=name", "--watch=false")).stdout, "pod/web\n");
});

test("wait ends once the condition is met", async () => {
  const { stdout, code } = await run("wait", "--for=condition=Ready", "pod/web");
  assert.deepEqual({ stdout, code }, { stdout: "pod/web condition met\n", code: 0 });
});

test("wait with a time-out of nothing looks once", async () => {
  const { stderr, code } = await run("wait", "--for=condition=Ready", "pod/web", "--timeout=0");
  assert.deepEqual({ stderr, code }, { stderr: "error: condition not met for pods/web\n", code: 1 });
});

/** Lists are answered; a watch is not, until the time that a request may take is over. */
class SlowWatch extends OnePod {
  override async *watch(): AsyncIterable<readonly WatchEvent[]> {
    yield await Promise.reject(new RequestTimeout("Unable to connect to the server: context deadline exceeded"));
  }
}

test("a watch that lasts as long as a request may ends well", async () => {
  const { code, stderr } = await runWith(new SlowWatch(), ["get", "pods", "-w", "-o", "name"]);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
});

/** A reader that has gone: "| head -1". */
function brokenPipe(): Writable {
  const fail = () => Object.assign(new Error("write EPIPE"), { code: "EPIPE" });
  return new Writable({ write: (_chunk, _encoding, done) => done(fail()) });
}

class EndlessWatch extends OnePod {
  override async *watch(): AsyncIterable<readonly WatchEvent[]> {
    yield await new Promise<readonly WatchEvent[]>(() => {});
  }
}

for (const [argv, transport] of [
  [["get", "pod", "web", "-o", "name"], new OnePod()],
  [["get", "pod", "web", "-w", "-o", "name"], new EndlessWatch()],
  [["options"], new OnePod()],
] as const)
  test(`kubectl ${argv.join(" ")} ends quietly when nobody reads any more`, async () => {
    const stderr = new PassThrough();
    const io = { stdout: brokenPipe(), stderr, stdin: Readable.from([]), env: { KUBECONFIG: "/nowhere" } };
    assert.equal(await kubectl(argv, io, { transport, clock: new FakeClock() }), 141);
    assert.equal(stderr.read(), null);
  });

test("a container's name that loses characters gets a suffix of its own", async () => {
  const argv = [
    "create",
    "deployment",
    "d",
    "--image=my_registry/a.b_c:1",
    "--dry-run=client",
    "-o",
    "jsonpath={..name}",
  ];
  assert.match((await run(...argv)).stdout, /\ba-b-c-[b-z0-9]{5}\b/);
});

/** A server that refuses what is asked of its pods. */
class Refusing extends OnePod {
  readonly #error: StatusError;

  constructor(error: StatusError) {
    super();
    this.#error = error;
  }

  override request(request: TransportRequest): Promise<unknown> {
    const isRefused = request.path.endsWith("/pods") || request.method === "PATCH";
    return isRefused ? Promise.reject(this.#error) : super.request(request);
  }
}

test("a list that cannot be read is named, with what was to be found in it", async () => {
  const refusing = () => new Refusing(StatusError.make(400, "BadRequest", "field label not supported: x"));
  const all = await runWith(refusing(), ["get", "pods"]);
  assert.equal(
    all.stderr,
    'Error from server (BadRequest): Unable to list "/v1, Resource=pods": field label not supported: x\n',
  );
  const selected = await runWith(refusing(), ["get", "pods", "--field-selector", "x=y"]);
  assert.equal(
    selected.stderr,
    'Error from server (BadRequest): Unable to find "/v1, Resource=pods" that match label selector "", field selector "x=y": field label not supported: x\n',
  );
  const forbidden = await runWith(new Refusing(StatusError.make(403, "Forbidden", "not you")), ["get", "pods"]);
  assert.equal(forbidden.stderr, "Error from server (Forbidden): not you\n");
});

test("a patch of a type that a kind does not know says which", async () => {
  const refusing = new Refusing(StatusError.make(415, "UnsupportedMediaType", "no such format"));
  const { code, stderr } = await runWith(refusing, ["patch", "pod", "web", "-p", "{}"]);
  assert.deepEqual(
    [code, stderr],
    [1, "error: application/strategic-merge-patch+json is not supported by /v1, Kind=Pod: no such format\n"],
  );
});
