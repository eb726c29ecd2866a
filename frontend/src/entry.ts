import '@fontsource-variable/inter/wght.css';
import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './app/app.css';
import { language } from './lib/language';
import { loadMessages } from './lib/messages';

// The words come before the pages, for these take them as they load. No page is waited for at the top of this module:
// the pages import what it holds.
document.documentElement.lang = language;
void loadMessages().then(() => import('./main'));
