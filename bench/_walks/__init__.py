"""The walks that the bench `fault` goes while plugs are pulled, one file each, and the books that are compared at the end."""
