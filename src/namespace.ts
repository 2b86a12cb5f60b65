/** The namespace of the model's schema, as Business Central has it. */
export const NAMESPACE = 'Microsoft.NAV';
