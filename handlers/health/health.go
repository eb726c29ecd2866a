// Package health answers whether the process serves.
package health

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// Health says that the process serves.
type Health struct {
	Status  string `json:"status" enum:"ok"`
	Version string `json:"version" example:"1.2.0"`
}

type out struct{ Body Health }

// Register adds GET /health. It asks no database, so that a load balancer does not stop every task when the database
// restarts.
func Register(api huma.API, version string) {
	huma.Register(api, huma.Operation{
		OperationID: "health", Method: http.MethodGet, Path: "/health", Tags: []string{"Service"},
		Summary: "Say that the process serves", Description: "Asks nothing else, not even the database.",
		Errors: []int{http.StatusServiceUnavailable},
	}, func(context.Context, *struct{}) (*out, error) {
		return &out{Health{Status: "ok", Version: version}}, nil
	})
}
