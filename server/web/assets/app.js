// The script of every page. The page is whole without it.

import { startWriting } from './compose.js';
import { startKeys } from './keys.js';
import { startLists } from './list.js';
import { startSaying } from './say.js';
import { startSearch } from './search.js';
import { startSession } from './session.js';
import { startToggles } from './toggle.js';

startSession();
startToggles();
startWriting();
startLists();
startSearch();
startKeys();
startSaying();
