/** How much is kept of the id of an item or a user. */
const maxLength = 1_024;

/** An id, or as much of it as anyone could look for. */
export function boundedId(id: string): string {
  return id.length <= maxLength ? id : id.slice(0, maxLength);
}
