/**
 * What every object has, in a few words: `kubectl explain` shows them for kinds whose own fields their definitions describe.
 * Differs: upstream describes all fields of its own types, at length.
 */
export const META_DESCRIPTIONS: Readonly<Record<string, string>> = {
  annotations: "Annotations are texts under names that programs keep with the object; nobody selects by them.",
  creationTimestamp: "CreationTimestamp is a timestamp that the server sets: when the object was made.",
  deletionGracePeriodSeconds: "How many seconds the object has to end, once it is being deleted.",
  deletionTimestamp: "When the object was asked to go, or by when it is to be gone; the server sets it.",
  finalizers: "Names of those who have something to do before the object may be removed.",
  generateName: "The beginning of a name that the server completes, where there is no name.",
  generation: "A number that grows with each change of what is wanted.",
  labels: "Labels are short texts under names, by which objects are selected.",
  managedFields: "Which fields of the object are whose.",
  name: "The object's name, unique among those of its kind in a namespace.",
  namespace: "The namespace that the object is in; kinds of the whole cluster have none.",
  ownerReferences: "The objects that this one depends on; it goes when none of them is left.",
  resourceVersion: "The revision of the object: what is written with an older one is refused.",
  selfLink: "Not used any more.",
  uid: "What tells the object from all others, those that had its name before among them.",
};
