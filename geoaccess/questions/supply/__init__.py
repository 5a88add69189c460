"""Who reaches what and who is served where: opportunities, gravity, floating catchments, nearest catchments.

Every function takes ``times``, minutes from demand points (rows) to facilities (columns), NaN unreachable, as
an array or as the DataFrame of :func:`geoaccess.travel_times`. Weights and capacities are arrays in the same
order, or Series labelled like the rows or columns; labels that do not fit are an error, never a shift.
Thresholds and limits are inclusive.
"""
