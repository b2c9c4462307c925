import { FieldPath, path } from "@dingi/apimachinery";

/** How Go prints the path of an error that has none. */
export const NOWHERE = "<nil>";

/** Places in an object, of which the object itself is none. */
export const placeOfField = (at: FieldPath | undefined, name: string): FieldPath => at?.child(name) ?? path(name);
export const placeOfKey = (at: FieldPath | undefined, name: string): FieldPath => (at ?? NO_PLACE).key(name);
export const placeOfItem = (at: FieldPath | undefined, index: number): FieldPath => (at ?? NO_PLACE).index(index);

const NO_PLACE = new FieldPath("");
