//go:build !unix

package sbom

import "time"

// cpuTime is not measured here; only memory is then checked.
func cpuTime() time.Duration { return 0 }
