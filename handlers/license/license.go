// Package license serves where the licence stands.
package license

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/threatwerk/threatwerk/handlers/wire"
	"github.com/threatwerk/threatwerk/internal/account"
	"github.com/threatwerk/threatwerk/internal/license"
)

// License is the licence at this moment.
type License struct {
	Mode       string     `json:"mode" enum:"aws_marketplace,jwt" doc:"Where it comes from."`
	Standing   string     `json:"standing" enum:"valid,evaluation,grace,over" doc:"over: everything can be read, nothing changed."`
	Customer   string     `json:"customer" example:"Example Ltd" doc:"Empty when it is not known."`
	Seats      int        `json:"seats" minimum:"0" doc:"How many people may have an account; 0: any number."`
	SeatsTaken int        `json:"seats_taken" minimum:"0" doc:"How many have an account that they can use. Beyond the seats nobody is let in any more, and nobody put out."`
	Expires    *time.Time `json:"expires,omitempty" doc:"Absent when it is not known or never."`
	GraceUntil *time.Time `json:"grace_until,omitempty" doc:"When reading only begins, in standing grace."`
	Checked    *time.Time `json:"checked,omitempty" doc:"When it was last verified."`
	Warning    string     `json:"warning" doc:"What administrators should do; empty when nothing."`
}

type out struct{ Body License }

// Register adds GET /license.
func Register(api huma.API, state func() license.State, accounts *account.Store) {
	huma.Register(api, huma.Operation{
		OperationID: "get-license", Method: http.MethodGet, Path: "/license", Tags: []string{"Service"}, Errors: wire.Errors(),
		Summary: "Say where the licence stands",
	}, func(ctx context.Context, _ *struct{}) (*out, error) {
		taken, err := accounts.SeatsTaken(ctx)
		if err != nil {
			return nil, err
		}
		s := state()
		return &out{License{
			Mode: s.Mode, Standing: string(s.Standing), Customer: s.Customer, Seats: s.Seats, SeatsTaken: taken, Expires: orNil(s.Expires),
			GraceUntil: orNil(s.GraceUntil), Checked: orNil(s.Checked), Warning: s.Warning,
		}}, nil
	})
}

func orNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
