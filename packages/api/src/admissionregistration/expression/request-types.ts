import { types, type CelType, type TypeProvider } from "@dingi/cel";

const { STRING, BOOL, INT, DYN, TIMESTAMP, listOf, mapOf, structOf } = types;

const GROUP_VERSION_KIND = structOf("kubernetes.GroupVersionKind");
const GROUP_VERSION_RESOURCE = structOf("kubernetes.GroupVersionResource");
const STRINGS = listOf(STRING);

export const REQUEST_TYPE = structOf("kubernetes.AdmissionRequest");
export const NAMESPACE_TYPE = structOf("kubernetes.Namespace");

/** By the names of types, which errors show, their fields. Upstream: apiserver/pkg/admission/plugin/cel/compile.go#BuildRequestType */
const FIELDS: Readonly<Record<string, Readonly<Record<string, CelType>>>> = {
  [GROUP_VERSION_KIND.name]: { group: STRING, version: STRING, kind: STRING },
  [GROUP_VERSION_RESOURCE.name]: { group: STRING, version: STRING, resource: STRING },
  "kubernetes.UserInfo": { username: STRING, uid: STRING, groups: STRINGS, extra: mapOf(STRING, STRINGS) },
  [REQUEST_TYPE.name]: {
    kind: GROUP_VERSION_KIND,
    resource: GROUP_VERSION_RESOURCE,
    subResource: STRING,
    requestKind: GROUP_VERSION_KIND,
    requestResource: GROUP_VERSION_RESOURCE,
    requestSubResource: STRING,
    name: STRING,
    namespace: STRING,
    operation: STRING,
    userInfo: structOf("kubernetes.UserInfo"),
    dryRun: BOOL,
    options: DYN,
  },
  "kubernetes.NamespaceSpec": { finalizers: STRINGS },
  "kubernetes.NamespaceCondition": {
    status: STRING,
    type: STRING,
    lastTransitionTime: TIMESTAMP,
    message: STRING,
    reason: STRING,
  },
  "kubernetes.NamespaceStatus": { conditions: listOf(structOf("kubernetes.NamespaceCondition")), phase: STRING },
  "kubernetes.NamespaceMetadata": {
    name: STRING,
    generateName: STRING,
    namespace: STRING,
    labels: mapOf(STRING, STRING),
    annotations: mapOf(STRING, STRING),
    UID: STRING,
    creationTimestamp: TIMESTAMP,
    deletionGracePeriodSeconds: INT,
    deletionTimestamp: TIMESTAMP,
    generation: INT,
    resourceVersion: STRING,
    finalizers: STRINGS,
  },
  [NAMESPACE_TYPE.name]: {
    metadata: structOf("kubernetes.NamespaceMetadata"),
    spec: structOf("kubernetes.NamespaceSpec"),
    status: structOf("kubernetes.NamespaceStatus"),
  },
};

/** The types of `request` and `namespaceObject`. */
export const REQUEST_TYPES: TypeProvider = {
  findType: (name) => (Object.hasOwn(FIELDS, name) ? structOf(name) : undefined),
  findField(struct, field) {
    const fields = Object.hasOwn(FIELDS, struct) ? FIELDS[struct]! : {};
    return Object.hasOwn(fields, field) ? fields[field] : undefined;
  },
};
