import { useEffect, useState } from 'react';

/**
 * Gives the focus back to what had it when the dialog came, once it is gone. For dialogs that are there only while they are
 * open: those leave the page at once, and the keyboard would stand nowhere.
 */
export function useFocusGivenBack() {
  const [before] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      setTimeout(() => {
        const nowhere = document.activeElement === document.body || !document.activeElement;
        if (nowhere && before instanceof HTMLElement && before.isConnected)
          before.focus({ preventScroll: true });
      });
    },
    [before],
  );
}
