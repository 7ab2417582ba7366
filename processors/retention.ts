export async function retain(_: unknown): Promise<void> {}
