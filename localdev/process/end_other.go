//go:build !linux

package process

import "syscall"

// endWithParent: other kernels cannot be asked to. A killed run leaves the command without its database.
func endWithParent() *syscall.SysProcAttr { return nil }
