// Package job serves the state of background jobs.
package job

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/threatwerk/threatwerk/handlers/wire"
	"github.com/threatwerk/threatwerk/internal/platform/queue"
)

// Handler serves jobs.
type Handler struct{ reader *queue.Reader }

// Register adds the operation.
func Register(api huma.API, reader *queue.Reader) {
	h := &Handler{reader}
	huma.Register(api, huma.Operation{
		OperationID: "get-job", Method: http.MethodGet, Path: "/jobs/{job_id}", Tags: []string{"Jobs"},
		Errors: wire.Errors(http.StatusNotFound), Summary: "Read a job's state",
		Description: "Finished jobs are kept for a while and then answer 404.",
	}, h.get)
}

type oneIn struct {
	JobID int64 `path:"job_id" minimum:"1"`
}

type oneOut struct{ Body wire.Job }

func (h *Handler) get(ctx context.Context, in *oneIn) (*oneOut, error) {
	j, err := h.reader.Job(ctx, in.JobID)
	if err != nil {
		return nil, err
	}
	return &oneOut{wire.JobOf(j)}, nil
}
