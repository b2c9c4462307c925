/** Labels, annotations, sysctls: names with their values. */
export type StringMap = Readonly<Record<string, string>>;
