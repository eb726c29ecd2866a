package wire

import "encoding/json"

// Ceremony is what a browser is given to make or use a passkey.
type Ceremony struct {
	ID      string          `json:"id" doc:"Goes back with the answer."`
	Options json.RawMessage `json:"options" doc:"For navigator.credentials, as parseCreationOptionsFromJSON and parseRequestOptionsFromJSON take it."`
}
