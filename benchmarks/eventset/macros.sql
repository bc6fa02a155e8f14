-- A number below `choices` that follows from two numbers and a word.
create or replace macro chosen(device, visit, what, choices) as cast(hash(device, visit, what) % choices as bigint);

-- A parameter of a GA4 event.
create or replace macro text_parameter(name, held) as case when held is not null then {
    'key': name,
    'value': {'string_value': held, 'int_value': null::bigint, 'float_value': null::double, 'double_value': null::double}
} end;
create or replace macro number_parameter(name, held) as case when held is not null then {
    'key': name,
    'value': {'string_value': null::varchar, 'int_value': held, 'float_value': null::double, 'double_value': null::double}
} end;
