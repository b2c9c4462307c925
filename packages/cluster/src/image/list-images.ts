import type { Image, ImageService } from "@dingi/cri";

interface ListedImage {
  readonly name: string;
  readonly id: string;
  readonly sizeBytes: number;
  readonly nodes: readonly string[];
}

/** The images of all nodes by name, and where each is. */
export async function listImages(
  nodes: readonly { readonly name: string; readonly images: ImageService }[],
  signal?: AbortSignal,
): Promise<readonly ListedImage[]> {
  const perNode = await Promise.all(
    nodes.map(async ({ name, images }) => ({ name, list: await images.listImages({}, { signal }) })),
  );
  const found = new Map<string, ListedImage>();
  for (const { name: node, list } of perNode) {
    for (const image of list) {
      for (const name of namesOf(image)) {
        const key = `${name} ${image.id}`;
        const nodesSoFar = found.get(key)?.nodes ?? [];
        found.set(key, { name, id: image.id, sizeBytes: image.size, nodes: [...nodesSoFar, node] });
      }
    }
  }
  return [...found.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function namesOf(image: Image): readonly string[] {
  if (image.repoTags.length > 0) return image.repoTags;
  return image.repoDigests.length > 0 ? image.repoDigests : ["<none>"];
}
