export { a } from '../messages';
