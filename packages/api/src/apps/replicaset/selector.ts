import { labelSelectorAsSelector, SelectorError, type Selector, type V1LabelSelector } from "@dingi/apimachinery";

/** Undefined when the requirements make no sense. */
export function selectorOf(selector: V1LabelSelector | undefined): Selector | undefined {
  try {
    return labelSelectorAsSelector(selector);
  } catch (error) {
    if (error instanceof SelectorError) return undefined;
    throw error;
  }
}

/** As `kubectl -l` takes it; empty without requirements. Upstream: apimachinery/pkg/apis/meta/v1/helpers.go#FormatLabelSelector */
export function selectorText(selector: V1LabelSelector | undefined): string {
  return selectorOf(selector)?.toString() ?? "<error>";
}

/** All of them, in order. Upstream: apimachinery/pkg/labels/labels.go#FormatLabels */
export function labelsText(labels: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.entries(labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return pairs.map(([name, value]) => `${name}=${value}`).join(",") || "<none>";
}
