/** What trefoil's spans say they were made by. */
export const scopeName = 'trefoil';
