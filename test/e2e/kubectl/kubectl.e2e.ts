// The same command lines through our kubectl and upstream's, against the same cluster: words, columns and exit codes
// have to be the same.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { Dingi } from "../cluster/dingi.ts";
import { comparable, Kubectl, upstreamKubectl, type Answer } from "./both.ts";

const UPSTREAM = upstreamKubectl();
const skip =
  process.getuid?.() !== 0
    ? "containers need root"
    : UPSTREAM === undefined
      ? "upstream's kubectl of v1.37 is neither in DINGI_UPSTREAM_BIN nor in the cache nor in PATH"
      : false;
const IMAGE = "localhost/dingi/example:1";

let dingi: Dingi;
let ours: Kubectl;
let theirs: Kubectl;
let directory: string;
let pod: string;

const POD = `apiVersion: v1
kind: Pod
metadata: { name: thick, labels: { app: thick }, annotations: { note: "two\\nlines" } }
spec:
  terminationGracePeriodSeconds: 1
  initContainers: [{ name: first, image: ${IMAGE}, command: [sh, -c, "true"] }]
  containers:
    - name: main
      image: ${IMAGE}
      command: [sh, -c, "while true; do sleep 1; done"]
      ports: [{ containerPort: 80, name: http }, { containerPort: 53, protocol: UDP }]
      env:
        - { name: PLAIN, value: "1" }
        - { name: IP, valueFrom: { fieldRef: { fieldPath: status.podIP } } }
        - { name: LIMIT, valueFrom: { resourceFieldRef: { resource: limits.cpu } } }
        - { name: KEY, valueFrom: { configMapKeyRef: { name: example, key: message } } }
      envFrom: [{ prefix: P_, configMapRef: { name: example } }]
      resources: { limits: { cpu: 500m, memory: 64Mi }, requests: { cpu: 100m } }
      readinessProbe: { exec: { command: ["true"] }, periodSeconds: 1 }
      volumeMounts: [{ name: empty, mountPath: /empty }, { name: map, mountPath: /map, readOnly: true }]
    - { name: side, image: ${IMAGE}, command: [sh, -c, "while true; do sleep 1; done"] }
  volumes:
    - { name: empty, emptyDir: { medium: Memory } }
    - { name: map, configMap: { name: example, optional: true } }
    - { name: host, hostPath: { path: /tmp } }
  tolerations: [{ key: a, operator: Equal, value: b, effect: NoSchedule }]
`;
const MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: given, labels: { of: e2e } }\ndata: { a: b }\n";
const LIMITED = `apiVersion: v1
kind: Namespace
metadata: { name: limited }
---
apiVersion: v1
kind: ResourceQuota
metadata: { name: scoped, namespace: limited }
spec: { scopes: [NotTerminating, BestEffort], hard: { pods: "5" } }
---
apiVersion: v1
kind: ResourceQuota
metadata: { name: all, namespace: limited }
spec: { hard: { requests.cpu: "2", limits.memory: 1Gi, count/jobs.batch: "3" } }
---
apiVersion: v1
kind: LimitRange
metadata: { name: range, namespace: limited }
spec:
  limits:
    - { type: Container, max: { cpu: "1" }, default: { cpu: 200m }, defaultRequest: { cpu: 100m } }
    - { type: PersistentVolumeClaim, min: { storage: 1Gi } }
`;

before(async () => {
  if (skip !== false) return;
  directory = await mkdtemp(join(tmpdir(), "dingi-kubectl-"));
  await writeFile(join(directory, "pod.yml"), POD);
  await writeFile(join(directory, "map.yml"), MAP);
  dingi = await Dingi.create("kubectl");
  await dingi.up("-f", "examples/deployment.yml");
  ours = Kubectl.ours(dingi.kubeconfig);
  theirs = Kubectl.upstreams(UPSTREAM!, dingi.kubeconfig);
  await must(ours, ["apply", "-f", join(directory, "pod.yml")]);
  await writeFile(join(directory, "limited.yml"), LIMITED);
  await must(ours, ["apply", "-f", join(directory, "limited.yml")]);
  await must(ours, ["create", "deployment", "other", `--image=${IMAGE}`]);
  await must(ours, ["wait", "--for=condition=Ready", "pod/thick", "--timeout=180s"]);
  await must(ours, ["rollout", "status", "deployment/other", "--timeout=180s"]);
  pod = (await must(ours, ["get", "pods", "-l", "app=example", "-o", "jsonpath={.items[0].metadata.name}"])).stdout;
});

after(async () => {
  if (skip !== false) return;
  await dingi[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

async function must(kubectl: Kubectl, args: readonly string[]): Promise<Answer> {
  const answer = await kubectl.run(args);
  assert.equal(answer.code, 0, `${args.join(" ")}: ${answer.stderr}`);
  return answer;
}

/** Words of a line; "POD" and "DIR" stand for this run's. */
function words(line: string): string[] {
  const found = line.match(/'[^']*'|\S+/g) ?? [];
  return found.map((word) =>
    word
      .replace(/^'(.*)'$/s, "$1")
      .replace("POD", pod)
      .replace("DIR", directory),
  );
}

/** A living cluster may say something else from one question to the next: nodes renew their leases, containers their states. */
async function compare(line: string, input = ""): Promise<void> {
  const ask = async (kubectl: Kubectl) => comparable(await kubectl.run(words(line), input));
  let before = await ask(theirs);
  for (let tries = 5; ; tries--) {
    const answer = await ask(ours);
    if (isDeepStrictEqual(answer, before)) return;
    const after = await ask(theirs);
    if (isDeepStrictEqual(after, before) || tries === 1) return assert.deepEqual(answer, after, line);
    before = after;
  }
}

/** Both from the same start: `undo` is run after each. */
async function compareWrite(line: string, undo: string): Promise<void> {
  const answers: Answer[] = [];
  for (const kubectl of [theirs, ours]) {
    answers.push(comparable(await kubectl.run(words(line))));
    await ours.run(words(undo));
  }
  assert.deepEqual(answers[1], answers[0], line);
}

const READS: Readonly<Record<string, readonly string[]>> = {
  get: [
    "get pods",
    "get pods -o wide",
    "get pods -A -l app=example",
    "get all",
    "get pods,svc,deploy,rs",
    "get pods -o name",
    "get deploy example -o yaml",
    "get deploy example -o json",
    "get pods -o jsonpath={.items[*].metadata.name}",
    "get pods -o custom-columns=N:.metadata.name,I:.spec.containers[0].image",
    "get pods -L app --show-labels",
    "get pods --sort-by=.metadata.name --no-headers",
    "get pods --field-selector=status.phase=Running",
    "get pods -l no=such",
    "get nope",
    "get pod nope",
    "get pod nope --ignore-not-found",
    "get nodes -o wide",
    "get --raw /version",
    "get --raw /nope",
    "get",
  ],
  describe: [
    "describe pod thick --show-events=false",
    "describe deployment example",
    "describe service example",
    "describe service kubernetes",
    "describe node --show-events=false",
    "describe configmap example",
    "describe namespace default",
    "describe namespace limited",
    "describe quota -n limited",
    "describe limitrange range -n limited",
    "describe serviceaccount default",
    "describe replicaset -l app=example",
    "describe pods",
    "describe pod nope",
    "describe",
  ],
  logs: [
    "logs deploy/other",
    "logs POD --tail=1",
    "logs thick -c side",
    "logs thick -c nope",
    "logs nope",
    "logs",
    "logs POD --since=1x",
    "logs deploy/example -p",
  ],
  exec: [
    "exec POD -- echo hi",
    "exec deploy/other -- sh -c 'echo a; echo b >&2; exit 3'",
    "exec thick -- cat /proc/1/comm",
    "exec thick -c side -- true",
    "exec thick -c nope -- true",
    "exec -it POD -- true",
    "exec POD ls",
    "exec POD",
    "exec",
    "exec nope -- ls",
  ],
  "attach and port-forward": [
    "attach",
    "attach nope",
    "port-forward POD",
    "port-forward POD x:y",
    "port-forward svc/example 1234",
    "port-forward POD 80 --address foo",
    "port-forward pod/nope 80",
  ],
  explain: [
    "explain pods",
    "explain pods.spec.containers",
    "explain pods.spec.containers.imagePullPolicy",
    "explain deployment --recursive",
    "explain deployment --recursive --max-depth=2",
    "explain deployment --api-version=apps/v1",
    "explain pods.spec.nope",
    "explain nope",
    "explain",
  ],
  wait: [
    "wait --for=condition=Available deployment/example",
    "wait --for=condition=Ready pod -l app=example",
    "wait --for=jsonpath={.status.phase}=Running pod/POD",
    "wait --for=jsonpath={.status.phase}=No pod -l app=example --timeout=1s",
    "wait --for=delete pod/nope",
    "wait --for=create pod/POD",
    "wait --for=create pod/nope --timeout=1s",
    "wait --for=condition=No pod/POD --timeout=0",
    "wait --for=condition=Ready pod/nope",
    "wait --for=condition=Ready pod -l no=such",
    "wait --for=what pod/POD",
  ],
  "rollout and scale": [
    "rollout status deployment/example",
    "rollout history deployment/example",
    "rollout history deployment/example --revision=1",
    "rollout history deployment/example --revision=9",
    "rollout undo deployment/example",
    "rollout undo deployment/example --to-revision=9",
    "rollout status service/example",
    "rollout restart deployment/nope",
    "rollout nope",
    "scale deployment/nope --replicas=1",
    "scale deployment/example",
    "scale deployment/example --replicas=2 --current-replicas=9",
    "scale deployment/example --replicas=5 --dry-run=server",
  ],
  "patch, label, annotate, set": [
    "patch pod POD",
    "patch pod POD --type=foo -p x",
    "patch pod nope -p '{}'",
    'patch pod POD --type=merge -p \'{"spec":{"nodeName":"x"}}\'',
    "label pod POD",
    "label pod POD app=other",
    "label pod POD nope-",
    "label deployment other --list",
    "annotate deployment example deployment.kubernetes.io/revision=x",
    "annotate pod POD",
    "set image deployment/example nope=x",
    "set image deployment/example",
  ],
  auth: [
    "auth can-i get pods",
    "auth can-i frob pods",
    "auth can-i get nodes",
    "auth can-i get nope",
    "auth can-i get /healthz",
    "auth can-i --list",
    "auth can-i",
    "auth whoami",
    "auth whoami -o yaml",
  ],
  "create, run, expose and delete": [
    "create",
    "create nope x",
    "create configmap",
    "create configmap example",
    "create deployment other",
    `create deployment other --image=${IMAGE}`,
    "create secret generic x --from-literal=a=b -o yaml --dry-run=client",
    "run",
    "run x",
    `run x --image=${IMAGE} --port=80 --env=A=b --dry-run=client -o yaml -- a b`,
    `run x --image=${IMAGE} --rm`,
    "expose deployment nope --port=1",
    "expose",
    "delete configmap nope",
    "delete configmap nope --ignore-not-found",
    "delete configmap -l no=such",
    "delete configmap",
    "delete",
    "apply",
    "apply -f DIR/nope.yml",
    "apply -f DIR/map.yml --dry-run=client",
  ],
  "server and config": [
    "api-resources",
    "api-resources --namespaced=false -o wide",
    "api-resources -o name --api-group=apps",
    "api-resources x",
    "api-versions",
    "cluster-info",
    "version x",
    "config view",
    "config current-context",
    "config get-contexts",
    "config get-contexts nope",
    "config use-context nope",
  ],
  flags: [
    "get --nope",
    "get -z",
    "get pods -o",
    "get pods --output",
    "get pods --watch=x",
    "get pods --context nope",
    "get pods --cluster nope",
    "get pods --user nope",
    "get pods --as-group x",
    "get pods --certificate-authority /nope",
    "get pods --request-timeout=1x",
    "get pods -n kube-system",
  ],
};

const WRITES: readonly (readonly [string, string])[] = [
  ["apply -f DIR/map.yml", "delete configmap given"],
  ["apply -f DIR/map.yml --server-side", "delete configmap given"],
  ["create -f DIR/map.yml", "delete configmap given"],
  ["create configmap given --from-literal=a=b", "delete configmap given"],
  [`create deployment given --image=${IMAGE} --replicas=2`, "delete deployment given"],
  [`run given --image=${IMAGE} --port=80 --expose`, "delete pod,service given --now"],
  [`run given --image=${IMAGE} --restart=Never --attach -- sh -c 'sleep 1; exit 3'`, "delete pod given --now"],
  ["expose deployment other --port=80 --name=given", "delete service given"],
  ["scale deployment/other --replicas=2", "scale deployment/other --replicas=1"],
  ["label deployment/other l=1", "label deployment/other l-"],
  ["annotate deployment/other l=1", "annotate deployment/other l-"],
  ['patch deployment other -p \'{"metadata":{"labels":{"l":"1"}}}\'', "label deployment/other l-"],
  [
    'patch deployment other --subresource=scale --type=merge -p \'{"spec":{"replicas":2}}\'',
    "scale deployment/other --replicas=1",
  ],
  ["rollout pause deployment/other", "rollout resume deployment/other"],
  ["delete -f DIR/map.yml", "apply -f DIR/map.yml"],
];

for (const [title, lines] of Object.entries(READS)) {
  test(`${title}: the same words`, { skip }, async (t) => {
    for (const line of lines) await t.test(`kubectl ${line}`, async () => await compare(line));
  });
}

test("writing: the same words", { skip }, async (t) => {
  await must(ours, ["apply", "-f", join(directory, "map.yml")]);
  await must(ours, ["delete", "-f", join(directory, "map.yml")]);
  for (const [line, undo] of WRITES)
    await t.test(`kubectl ${line}`, async () => {
      if (line.startsWith("delete")) await must(ours, words(undo));
      await compareWrite(line, undo);
    });
});

test("standard input reaches the command to its end, and exit codes come back", { skip }, async () => {
  await compare("exec -i POD -- md5sum", "x".repeat(3_000_000));
  await compare("exec -i POD -- sh", "exit 7\n");
  await compare(`run piped --image=${IMAGE} -i --rm --restart=Never -- sh`, "echo hi; exit 4\n");
});

test("port-forward takes many connections to a service's pod", { skip }, async () => {
  const forward = ours.start(["port-forward", "service/example", ":80"]);
  const [, port] = await forward.said(/Forwarding from 127\.0\.0\.1:(\d+) -> 8080/);
  const answers = await Promise.all(
    Array.from({ length: 8 }, async () => await (await fetch(`http://127.0.0.1:${port}/`)).text()),
  );
  for (const answer of answers) assert.match(answer, /^Hello from example-/);
  await forward.end();
});

test("watches and followed logs go on until they are ended", { skip }, async () => {
  const watch = ours.start(["get", "configmaps", "-w", "--output-watch-events", "--no-headers"]);
  const logs = ours.start(["logs", "-f", `pod/${pod}`]);
  await watch.said(/ADDED +example/);
  await must(ours, ["create", "configmap", "watched"]);
  await watch.said(/ADDED +watched/);
  await must(ours, ["delete", "configmap", "watched"]);
  await watch.said(/DELETED +watched/);
  await logs.said(/Listening/);
  await watch.end();
  await logs.end();
});
