// Package system serves how the installation is, to admins.
package system

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/threatwerk/threatwerk/handlers/wire"
	"github.com/threatwerk/threatwerk/internal/platform/system"
)

// System is how the installation is at this moment.
type System struct {
	Version   string          `json:"version" example:"1.2.0" doc:"Of the process that answers."`
	Migration SchemaVersion   `json:"migration"`
	Database  SystemDatabase  `json:"database"`
	Queues    []SystemQueue   `json:"queues" doc:"Background jobs by queue and state; finished ones are kept for a day."`
	Processes []SystemProcess `json:"processes" doc:"Those that work off jobs and are alive."`
}

// SchemaVersion is where the schema stands.
type SchemaVersion struct {
	Held  int `json:"held" doc:"The last migration applied."`
	Known int `json:"known" doc:"The last one that the answering process brings; a lower number: it is older than the schema."`
}

// SystemDatabase is the server behind everything.
type SystemDatabase struct {
	Version        string        `json:"version" example:"16.9"`
	Bytes          int64         `json:"bytes" doc:"Of this database on disk."`
	Connections    int           `json:"connections" doc:"To this database, from everyone."`
	MaxConnections int           `json:"max_connections"`
	Tables         []SystemTable `json:"tables" doc:"The largest."`
}

// SystemTable is one of the largest tables.
type SystemTable struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes" doc:"With its indexes."`
	Rows  int64  `json:"rows" doc:"Estimated."`
}

// SystemQueue counts jobs.
type SystemQueue struct {
	Queue  string     `json:"queue"`
	State  string     `json:"state" enum:"available,pending,running,retryable,scheduled,discarded,cancelled,completed"`
	Jobs   int64      `json:"jobs"`
	Oldest *time.Time `json:"oldest,omitempty" doc:"Since when the oldest waits or works."`
}

// SystemProcess is one that works off jobs.
type SystemProcess struct {
	Address string    `json:"address" doc:"As the database sees it; empty on the same machine."`
	Since   time.Time `json:"since" doc:"When its sign of life began."`
}

type out struct{ Body System }

// Register adds GET /system.
func Register(api huma.API, version string, reader *system.Reader) {
	huma.Register(api, huma.Operation{
		OperationID: "get-system", Method: http.MethodGet, Path: "/system", Tags: []string{"Service"}, Errors: wire.Errors(),
		Summary: "Say how the installation is", Description: "Version, schema, database, queues and processes.",
	}, func(ctx context.Context, _ *struct{}) (*out, error) {
		s, err := reader.State(ctx)
		if err != nil {
			return nil, err
		}
		return &out{System{
			Version: version, Migration: SchemaVersion(s.Migration),
			Database: SystemDatabase{
				Version: s.Database.Version, Bytes: s.Database.Bytes, Connections: s.Database.Connections, MaxConnections: s.Database.MaxConnections,
				Tables: wire.Slice(s.Database.Tables, func(t system.Table) SystemTable { return SystemTable(t) }),
			},
			Queues:    wire.Slice(s.Queues, func(q system.Queue) SystemQueue { return SystemQueue(q) }),
			Processes: wire.Slice(s.Processes, func(p system.Process) SystemProcess { return SystemProcess(p) }),
		}}, nil
	})
}
