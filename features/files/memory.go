package files

// FreeMemory returns how many bytes this process may take yet.
func FreeMemory() int64 { return freeMemory() }
