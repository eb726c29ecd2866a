package wire

import "github.com/threatwerk/threatwerk/internal/platform/queue"

// JobOf shapes a job.
func JobOf(j queue.Job) Job {
	out := Job{ID: j.ID, Kind: j.Kind, State: j.State, Attempt: j.Attempt, CreatedAt: j.CreatedAt, FinalizedAt: j.FinalizedAt}
	if j.Failed {
		out.Error = "The last attempt failed; it is tried again. The server's log has the cause."
		if j.State == "discarded" {
			out.Error = "It failed too often and is given up. The server's log has the cause."
		}
	}
	return out
}
