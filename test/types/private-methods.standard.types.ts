// Standard decorators may stand on methods that only the class itself sees.
import { Audited, Counted, Observed, Traced } from '../../src/index';

export class Vault {
  get(id: string): string {
    return this.#read(id) + Vault.#label(1) + this.#list().length;
  }

  @Audited({ event: 'read', item: (id: string) => id })
  @Traced({ name: (id: string) => id })
  @Counted()
  #read(id: string): string {
    return id;
  }

  @Observed({ event: 'read', item: (n: number) => n })
  static #label(n: number): string {
    return String(n);
  }

  // @ts-expect-error checked as any other
  @Audited({ event: 'list', item: (id: string) => id })
  #list(_limit?: number): string[] {
    return [];
  }

  // @ts-expect-error a field
  @Audited({ event: 'read' })
  #field = this.get('1');
}
