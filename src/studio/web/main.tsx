// The page begins here.
import { render } from 'preact';
import { App } from './app.js';
import { followAddress } from './route.js';
import { listen } from './store.js';

followAddress();
listen();
const page = document.getElementById('page');
if (page === null) throw new Error('index.html has no #page');
render(<App />, page);
