/** Whether the German catalogue says all that the English one says, see vite.config.ts. */
declare const __GERMAN_IS_WHOLE__: boolean;
