import { CSIDriver, type AuthenticationV1TokenRequest, type V1CSIDriver, type V1Pod } from "@dingi/api";
import { newNotFound } from "@dingi/apimachinery";
import { podOf, refuse, type NodeRequest } from "./node-request.ts";

type BoundObject = NonNullable<AuthenticationV1TokenRequest["spec"]["boundObjectRef"]>;

/** A node gets tokens that are bound to its own pods, for audiences that these ask for. */
export async function checkToken(request: NodeRequest): Promise<void> {
  const { node, attributes } = request;
  if (attributes.operation !== "CREATE" || attributes.subresource !== "token") return;
  const { spec } = attributes.object as unknown as AuthenticationV1TokenRequest;
  const pod = boundPod(spec.boundObjectRef, request);
  if (pod.spec.nodeName !== node)
    throw refuse(attributes, "node requested token bound to a pod scheduled on a different node");
  const audiences = spec.audiences ?? [];
  if (audiences.length > 1) throw refuse(attributes, "node may only request 0 or 1 audiences");
  await checkAudience(request, pod, audiences[0] ?? "");
}

function boundPod(reference: BoundObject | undefined, request: NodeRequest): V1Pod {
  const { attributes } = request;
  if (reference?.apiVersion !== "v1" || reference.kind !== "Pod" || !reference.name)
    throw refuse(attributes, "node requested token not bound to a pod");
  if (!reference.uid) throw refuse(attributes, "node requested token with a pod binding without a uid");
  const pod = podOf(request, reference.name);
  if (reference.uid === pod.metadata.uid) return pod;
  throw refuse(
    attributes,
    `the UID in the bound object reference (${reference.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
  );
}

async function checkAudience(request: NodeRequest, pod: V1Pod, audience: string): Promise<void> {
  const { attributes, authorizer } = request;
  if (await asksFor(pod, audience, request)) return;
  const { user, kind, namespace, name } = attributes;
  const { decision } = await authorizer.authorize({
    user,
    verb: "request-serviceaccounts-token-audience",
    isResource: true,
    path: "",
    group: kind.group,
    version: "v1",
    resource: audience,
    subresource: "",
    namespace,
    name,
  });
  if (decision === "allow") return;
  const why = `${user.name} is not authorized to request tokens for audience ${JSON.stringify(audience)}`;
  throw refuse(attributes, why);
}

/** By a projected token, or by a CSI driver's volume. */
async function asksFor(pod: V1Pod, audience: string, request: NodeRequest): Promise<boolean> {
  let failure: Error | undefined;
  for (const { projected, csi } of pod.spec.volumes ?? []) {
    const tokens = (projected?.sources ?? []).flatMap(({ serviceAccountToken }) => serviceAccountToken ?? []);
    if (tokens.some((token) => (token.audience ?? "") === audience)) return true;
    if (!csi) continue;
    const driver = request.lookUp.feed.cache(CSIDriver).get(csi.driver)?.object as V1CSIDriver | undefined;
    if (driver?.spec.tokenRequests?.some((token) => token.audience === audience)) return true;
    if (!driver) failure ??= newNotFound({ group: CSIDriver.group, resource: CSIDriver.plural }, csi.driver);
  }
  if (!failure) return false;
  throw refuse(request.attributes, `error validating audience ${JSON.stringify(audience)}: ${failure.message}`);
}
