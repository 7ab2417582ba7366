/** The newest release that was tried. */
export const IMAGE = 'apache/kafka:4.1.0'
