import {
  fillDefaults,
  freeSchemaOf,
  publishedKind,
  readStored,
  type V1CustomResourceDefinition as Definition,
  type V1CustomResourceDefinitionNames as Names,
  type V1CustomResourceDefinitionVersion as Version,
} from "@dingi/api";
import {
  apiVersionOf,
  customSchema,
  defineKind,
  type AnyKind,
  type FreeSchema,
  type KubeObject,
  type StructSchema,
  type Subresource,
  type VersionSpec,
} from "@dingi/apimachinery";
import { customResourceStatusStrategy, customResourceStrategy } from "./custom-resource-strategy.ts";
import { customScale } from "./custom-scale.ts";
import { deprecationWarning } from "./deprecation.ts";
import { versionConverter } from "./version-converter.ts";
import { WebhookConverter, type WebhookConverterOptions } from "./webhook-converter.ts";
import { printerColumns } from "./printer-columns.ts";
import { selectableFields as selectableFieldsOf } from "./selectable-fields.ts";

/** In upstream's order. */
const VERBS: AnyKind["verbs"] = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];

/** The kind that a definition defines, under the names that it has. Of its schemas nothing is made before it is used. */
export function compileKind(definition: Definition, names: Names, options: WebhookConverterOptions): AnyKind {
  const { group, scope, versions } = definition.spec;
  const compiled = Object.fromEntries(
    versions.map((version) => [apiVersionOf(group, version.name), compileVersion(definition, version, names)]),
  );
  const [hubVersion, hub] = Object.entries(compiled).find(([, version]) => version.storage)!;
  return defineKind<KubeObject>({
    group,
    kind: names.kind,
    listKind: names.listKind ?? `${names.kind}List`,
    plural: names.plural,
    singular: names.singular ?? names.kind.toLowerCase(),
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    scope: scope as AnyKind["scope"],
    custom: true,
    terminating: definition.metadata.deletionTimestamp !== undefined,
    verbs: VERBS,
    storagePath: `${group}/${names.plural}`,
    versions: compiled,
    converter: isConvertedByWebhook(definition)
      ? new WebhookConverter(definition, (apiVersion) => compiled[apiVersion]!.schema, options)
      : versionConverter(compiled),
    strategy: hub.strategy!,
    subresources: hub.subresources!,
    columns: hub.columns!,
    fields: selectableFieldsOf([...versions].sort((one) => (apiVersionOf(group, one.name) === hubVersion ? 1 : -1))),
  });
}

const isConvertedByWebhook = ({ spec }: Definition): boolean => spec.conversion?.strategy === "Webhook";

function compileVersion(definition: Definition, version: Version, names: Names): VersionSpec<KubeObject> {
  const { group, preserveUnknownFields } = definition.spec;
  const apiVersion = apiVersionOf(group, version.name);
  const judged = { apiVersion, kind: names.kind, version };
  const root = version.schema?.openAPIV3Schema;
  const schema = structOf(nameOf(group, version.name, names.kind), version, preserveUnknownFields === true);
  const warning = deprecationWarning(definition, version);
  return {
    schema,
    ...(version.storage ? { storage: true as const } : {}),
    served: version.served,
    columns: printerColumns(version.additionalPrinterColumns),
    fields: selectableFieldsOf([version]),
    strategy: customResourceStrategy(judged),
    subresources: subresourcesOf(version, judged),
    defaults: (object) => fillDefaults(root, object),
    fromStored: (object) => readStored(schema, root, object),
    ...(warning === undefined ? {} : { deprecationWarning: warning }),
  };
}

/** "org.example.v1.Boat". */
const nameOf = (group: string, version: string, kind: string): string =>
  [...group.split(".").reverse(), version, kind].join(".");

const META = new Set(["apiVersion", "kind", "metadata"]);

function structOf(name: string, { schema, selectableFields }: Version, keepsAll: boolean): StructSchema {
  const root = schema?.openAPIV3Schema;
  const unknown = keepsAll || root?.["x-kubernetes-preserve-unknown-fields"] ? "keep" : "drop";
  const properties = (): Record<string, FreeSchema> =>
    Object.fromEntries(
      Object.entries((!keepsAll && root?.properties) || {})
        .filter(([field]) => !META.has(field))
        .map(([field, property]) => [field, freeSchemaOf(property)]),
    );
  const selected = selectableFields?.map(({ jsonPath }) => ({ fieldPath: jsonPath.replace(/^\./, "") }));
  const extensions = selected?.length ? { "x-kubernetes-selectable-fields": selected } : {};
  return customSchema({ name, properties, unknown, published: publishedKind(keepsAll ? undefined : root, extensions) });
}

function subresourcesOf({ subresources }: Version, judged: Parameters<typeof customResourceStrategy>[0]) {
  const doors: Record<string, Subresource<KubeObject>> = {};
  if (subresources?.status) doors["status"] = { type: "update", strategy: customResourceStatusStrategy(judged) };
  if (subresources?.scale) doors["scale"] = customScale(subresources.scale);
  return doors;
}
