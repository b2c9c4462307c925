import { createHash } from "node:crypto";
import { seededRandom, type Random } from "@dingi/base";

/** A pod, and the level that it is to be judged by. */
export interface Question {
  readonly level: "baseline" | "restricted";
  /** "v1.25", "latest" */
  readonly version: string;
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: object;
}

const PODS = 2500;
/** Those in which a rule changed, the ones before, and some that are yet to come. */
const MINORS = [0, 7, 8, 18, 19, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 99];
const SYSCTLS = [
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_notsent_lowat",
  "kernel.msgmax",
];
const VOLUMES: readonly object[] = [
  { configMap: { name: "m" } },
  { secret: { secretName: "s" } },
  { emptyDir: {} },
  { projected: { sources: [] } },
  { downwardAPI: {} },
  { csi: { driver: "d" } },
  { ephemeral: {} },
  { image: { reference: "i" } },
  { persistentVolumeClaim: { claimName: "c" } },
  { hostPath: { path: "/" } },
  { nfs: { server: "s", path: "/" } },
  { iscsi: { targetPortal: "t", iqn: "i", lun: 0 } },
  { gcePersistentDisk: { pdName: "p" } },
  { awsElasticBlockStore: { volumeID: "v" } },
  { gitRepo: { repository: "r" } },
  { glusterfs: { endpoints: "e", path: "/" } },
  { rbd: { monitors: ["m"], image: "i" } },
  { flexVolume: { driver: "d" } },
  { cinder: { volumeID: "v" } },
  { cephfs: { monitors: ["m"] } },
  { flocker: {} },
  { fc: {} },
  { azureFile: { secretName: "s", shareName: "h" } },
  { vsphereVolume: { volumePath: "/" } },
  { quobyte: { registry: "r", volume: "v" } },
  { azureDisk: { diskName: "n", diskURI: "u" } },
  { portworxVolume: { volumeID: "v" } },
  { photonPersistentDisk: { pdID: "p" } },
  { scaleIO: { gateway: "g", system: "s", secretRef: { name: "r" } } },
  { storageos: {} },
  {},
];

/** The same ones each time; half of the fields are as the strictest level wants them, so that rules are met alone, too. */
export function questions(): Question[] {
  const random = seededRandom(20_260_701);
  return Array.from({ length: PODS }, () => new Pod(random)).flatMap((pod) =>
    (["baseline", "restricted"] as const).map((level) => ({ level, version: pod.version(), ...pod.made })),
  );
}

/** Of what is asked: other questions have other answers. */
export function digest(asked: readonly Question[]): string {
  return createHash("sha256").update(JSON.stringify(asked)).digest("hex");
}

class Pod {
  readonly made: Pick<Question, "metadata" | "spec">;
  readonly #random: Random;
  /** How often a field is as it should be. */
  readonly #virtue: number;

  constructor(random: Random) {
    this.#random = random;
    this.#virtue = this.#pick([0.3, 0.7, 0.9, 0.97]);
    const containers = this.#containers("c", 1 + random.int(3));
    const initContainers = this.#containers("i", random.int(3));
    const ephemeralContainers = this.#containers("e", random.int(2));
    const volumes = Array.from({ length: random.int(4) }, (_, i) => ({ name: `v${i}`, ...this.#volume() }));
    const spec = {
      containers,
      ...(initContainers.length > 0 ? { initContainers } : {}),
      ...(ephemeralContainers.length > 0 ? { ephemeralContainers } : {}),
      ...(volumes.length > 0 ? { volumes } : {}),
      ...this.#flags({ hostNetwork: true, hostPID: true, hostIPC: true }),
      ...this.#maybe(0.1, { hostUsers: false }),
      ...this.#maybe(0.05, { hostUsers: true }),
      ...this.#maybe(0.1, { os: { name: this.#pick(["windows", "linux"]) } }),
      ...this.#maybe(0.8, { securityContext: this.#podContext() }),
    };
    const annotations = this.#annotations();
    this.made = { metadata: Object.keys(annotations).length > 0 ? { annotations } : {}, spec };
  }

  version(): string {
    return this.#chance(0.1) ? "latest" : `v1.${this.#pick(MINORS)}`;
  }

  #containers(prefix: string, count: number): object[] {
    return Array.from({ length: count }, (_, i) => ({
      name: `${prefix}${i}`,
      image: "i",
      ...this.#bad({ ports: [{ containerPort: 1, hostPort: this.#pick([0, 80, 443]) }] }),
      ...this.#bad({ livenessProbe: this.#handler() }),
      ...this.#bad({ readinessProbe: this.#handler(), startupProbe: this.#handler() }),
      ...this.#bad({ lifecycle: { postStart: this.#handler(), preStop: this.#handler() } }),
      ...this.#maybe(0.9, { securityContext: this.#containerContext() }),
    }));
  }

  #handler(): object {
    const host = this.#pick(["", "127.0.0.1", "example.com"]);
    return this.#chance(0.5) ? { httpGet: { port: 1, host } } : { tcpSocket: { port: 1, host } };
  }

  #containerContext(): object {
    return {
      ...this.#common(),
      ...this.#good({ allowPrivilegeEscalation: false }, { allowPrivilegeEscalation: true }),
      ...this.#bad({ privileged: this.#chance(0.7) }),
      ...this.#bad({ procMount: this.#pick(["Unmasked", "Default", "Other"]) }),
      ...this.#good(
        { capabilities: { drop: ["ALL"], ...this.#maybe(0.3, { add: ["NET_BIND_SERVICE"] }) } },
        {
          capabilities: {
            ...this.#maybe(0.5, { drop: [this.#pick(["ALL", "KILL"])] }),
            add: [this.#pick(["KILL", "SYS_ADMIN", "NET_RAW", "NET_BIND_SERVICE"]), this.#pick(["CHOWN", "BPF"])],
          },
        },
      ),
    };
  }

  #podContext(): object {
    return {
      ...this.#common(),
      ...this.#bad({ sysctls: [this.#pick(SYSCTLS), this.#pick(SYSCTLS)].map((name) => ({ name, value: "1" })) }),
    };
  }

  /** What both pods and containers have. */
  #common(): object {
    const profile = () => this.#pick(["Unconfined", "Localhost", "RuntimeDefault", ""]);
    return {
      ...this.#good(this.#maybe(0.7, { runAsNonRoot: true }), { runAsNonRoot: false }),
      ...this.#good(this.#maybe(0.3, { runAsUser: 1000 }), { runAsUser: 0 }),
      ...this.#good(this.#maybe(0.7, { seccompProfile: { type: "RuntimeDefault" } }), {
        seccompProfile: { type: profile() },
      }),
      ...this.#bad({ appArmorProfile: { type: profile() } }),
      ...this.#bad({
        seLinuxOptions: {
          ...this.#maybe(0.7, { type: this.#pick(["spc_t", "container_t", "container_engine_t", "x_t"]) }),
          ...this.#maybe(0.3, { user: "u" }),
          ...this.#maybe(0.3, { role: "r" }),
        },
      }),
      ...this.#bad({ windowsOptions: { hostProcess: this.#chance(0.7) } }),
    };
  }

  #volume(): object {
    return this.#chance(this.#virtue) ? VOLUMES[this.#random.int(9)]! : this.#pick(VOLUMES);
  }

  #annotations(): Record<string, string> {
    const profile = this.#pick(["runtime/default", "localhost/x", "unconfined", 'a "b"', "", "docker/default"]);
    return {
      ...this.#bad({ "container.apparmor.security.beta.kubernetes.io/c0": profile }),
      ...this.#bad({ "container.apparmor.security.beta.kubernetes.io/zz": "unconfined" }),
      ...this.#bad({ "seccomp.security.alpha.kubernetes.io/pod": profile }),
      ...this.#bad({ "container.seccomp.security.alpha.kubernetes.io/c1": profile }),
      ...this.#bad({ "container.seccomp.security.alpha.kubernetes.io/none": profile }),
    };
  }

  #flags(flags: Readonly<Record<string, boolean>>): object {
    return Object.fromEntries(Object.entries(flags).filter(() => this.#chance(0.3 * (1 - this.#virtue))));
  }

  #chance(share: number): boolean {
    return this.#random.float() < share;
  }

  #pick<T>(values: readonly T[]): T {
    return values[this.#random.int(values.length)]!;
  }

  #maybe<T extends object>(share: number, value: T): T | object {
    return this.#chance(share) ? value : {};
  }

  #good(good: object, bad: object): object {
    return this.#chance(this.#virtue) ? good : bad;
  }

  #bad<T extends object>(value: T): T | object {
    return this.#chance((1 - this.#virtue) / 2) ? value : {};
  }
}
