import { isMirrorPod, ServiceAccount, type V1Pod, type V1PodCertificateRequest } from "@dingi/api";
import { newNotFound, newUnclassifiedError, type KubeObject } from "@dingi/apimachinery";
import { refuse, type NodeRequest } from "./node-request.ts";

/** A node asks for certificates of pods that it runs, by signers that these name. Upstream: plugin/pkg/admission/noderestriction/admission.go#admitPodCertificateRequest */
export async function checkPodCertificateRequest(request: NodeRequest): Promise<void> {
  const { node, attributes } = request;
  const { operation, subresource } = attributes;
  if (operation !== "CREATE") throw refuse(attributes, `unexpected operation ${operation}`);
  if (subresource !== "") throw refuse(attributes, `unexpected subresource ${subresource}`);
  const asked = attributes.object as unknown as V1PodCertificateRequest;
  const { nodeName } = asked.spec;
  if (nodeName !== node) {
    const why = `PodCertificateRequest.Spec.NodeName=${JSON.stringify(nodeName)}, which is not the requesting node ${JSON.stringify(node)}`;
    throw refuse(attributes, why);
  }
  checkNodeUid(request, asked);
  const pod = checkedPod(request, asked);
  checkAccount(request, asked, pod);
  await checkSigner(request, asked, pod);
}

const q = (text: string | undefined): string => JSON.stringify(text ?? "");

/** The server may be behind: not refused, so that the node tries again. */
const tryAgain = newUnclassifiedError;

function found<T extends KubeObject>(object: T | undefined, what: string, place: { plural: string; name: string }): T {
  if (object) return object;
  const missing = newNotFound({ group: "", resource: place.plural }, place.name).message;
  throw tryAgain(`while retrieving ${what} named in the PodCertificateRequest: ${missing}`);
}

function checkNodeUid({ lookUp, attributes }: NodeRequest, { spec }: V1PodCertificateRequest): void {
  const place = { plural: "nodes", name: spec.nodeName };
  const { uid } = found(lookUp.node(spec.nodeName), `node ${q(spec.nodeName)}`, place).metadata;
  if (uid === spec.nodeUID) return;
  const pod = q(`${attributes.namespace}/${spec.podName}`);
  throw tryAgain(
    `PodCertificateRequest for pod ${pod} names node UID ${q(spec.nodeUID)}, inconsistent with the running node (${q(uid)})`,
  );
}

function checkedPod({ lookUp, attributes }: NodeRequest, { spec }: V1PodCertificateRequest): V1Pod {
  const name = q(`${attributes.namespace}/${spec.podName}`);
  const pod = found(lookUp.pod(spec.podName), `pod ${name}`, { plural: "pods", name: spec.podName });
  const { uid } = pod.metadata;
  if (uid !== spec.podUID)
    throw tryAgain(
      `PodCertificateRequest for pod ${name} contains pod UID (${q(spec.podUID)}) which differs from running pod ${q(uid)}`,
    );
  if (pod.spec.nodeName !== spec.nodeName)
    throw refuse(
      attributes,
      `pod ${name} is not running on node ${q(spec.nodeName)} named in the PodCertificateRequest`,
    );
  if (isMirrorPod(pod)) throw refuse(attributes, `pod ${name} is a mirror pod`);
  return pod;
}

function checkAccount({ lookUp, attributes }: NodeRequest, { spec }: V1PodCertificateRequest, pod: V1Pod): void {
  const { namespace } = attributes;
  const ofPod = q(`${namespace}/${spec.podName}`);
  const name = spec.serviceAccountName;
  if (name !== pod.spec.serviceAccountName) {
    const why = `PodCertificateRequest for pod ${ofPod} contains serviceAccountName (${q(name)}) that differs from running pod (${q(pod.spec.serviceAccountName)})`;
    throw refuse(attributes, why);
  }
  const cached = lookUp.feed.cache(ServiceAccount).get(`${namespace}/${name}`)?.object;
  const place = { plural: "serviceaccounts", name };
  const { uid } = found(cached, `service account ${q(`${namespace}/${name}`)}`, place).metadata;
  if (uid === spec.serviceAccountUID) return;
  throw tryAgain(
    `PodCertificateRequest for pod ${ofPod} names service account UID ${q(spec.serviceAccountUID)}, which differs from the running service account (${q(uid)})`,
  );
}

async function checkSigner(
  { attributes, authorizer }: NodeRequest,
  { spec }: V1PodCertificateRequest,
  pod: V1Pod,
): Promise<void> {
  const sources = (pod.spec.volumes ?? []).flatMap(({ projected }) => projected?.sources ?? []);
  if (sources.some(({ podCertificate }) => podCertificate?.signerName === spec.signerName)) return;
  const { user, kind, namespace } = attributes;
  const { decision } = await authorizer.authorize({
    user,
    verb: "request-serviceaccounts-podcertificate-signer",
    isResource: true,
    path: "",
    group: kind.group,
    version: "v1",
    // Resources have no slashes.
    resource: spec.signerName.replaceAll("/", ":"),
    subresource: "",
    namespace,
    name: spec.serviceAccountName,
  });
  if (decision === "allow") return;
  const name = q(`${namespace}/${spec.podName}`);
  const why = `pod ${name} does not mount a podCertificate projected volume for signer ${q(spec.signerName)}`;
  throw refuse(attributes, why);
}
