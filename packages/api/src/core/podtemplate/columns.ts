import { nameColumn, type Column } from "@dingi/apimachinery";
import type { V1PodTemplate } from "./podtemplate.gen.ts";

/** Upstream: pkg/printers/internalversion/printers.go#printPodTemplate */
export const columns: readonly Column<V1PodTemplate>[] = [
  nameColumn,
  { name: "Containers", type: "string", value: ({ template }) => ofContainers(template, ({ name }) => name) },
  { name: "Images", type: "string", value: ({ template }) => ofContainers(template, ({ image = "" }) => image) },
  { name: "Pod Labels", type: "string", value: ({ template }) => labelsText(template) },
];

type Template = V1PodTemplate["template"];
type Container = NonNullable<NonNullable<Template>["spec"]>["containers"][number];

const ofContainers = (template: Template, value: (container: Container) => string): string =>
  (template?.spec?.containers ?? []).map(value).join(",");

const labelsText = (template: Template): string =>
  Object.entries(template?.metadata?.labels ?? {})
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join(",") || "<none>";
