type ImageSource = "originals" | "stand-ins";

const REGISTRY = "https://registry.k8s.io/v2/";
const PATIENCE_MS = 3_000;

/** Where the suite's images come from: their registry where it can be reached. DINGI_TEST_IMAGES decides otherwise. */
export async function imageSource(): Promise<ImageSource> {
  const wanted = process.env["DINGI_TEST_IMAGES"];
  if (wanted === "originals" || wanted === "stand-ins") return wanted;
  if (wanted !== undefined) throw new Error(`DINGI_TEST_IMAGES is originals or stand-ins, not "${wanted}"`);
  try {
    const { ok } = await fetch(REGISTRY, { signal: AbortSignal.timeout(PATIENCE_MS) });
    return ok ? "originals" : "stand-ins";
  } catch {
    return "stand-ins";
  }
}
