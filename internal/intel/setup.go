package intel

import "errors"

// ErrNotSetUp is in the chain of a poll's error where the feed lacks something that only an operator can give, such as
// an API key. It is a state and no failure: nothing was asked of the service, and nobody needs to be alarmed.
var ErrNotSetUp = errors.New("not set up")
