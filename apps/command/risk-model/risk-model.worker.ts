import { type BuildAnswer, type BuildTask, runBuildTask } from './build-task.js';

export default (task: BuildTask): Promise<BuildAnswer> => runBuildTask(task);
